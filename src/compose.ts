import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { Projector } from './processors/projector.js';
import type { CommandContext } from './commands/context.js';
import { createCommands } from './commands/create-commands.js';
import { expireToken } from './commands/expire-token.js';
import type { Config } from './config.js';
import { DeviceHistory } from './queries/device-history.js';
import type { HttpDependencies } from './http/dependencies.js';
import { Metrics } from './http/metrics.js';
import { Queries } from './queries/queries.js';
import { LeasedWork } from './processors/leased-work.js';
import { projectionLag, readiness, type ReadinessOptions } from './readiness.js';
import { sweep } from './processors/expiry-sweep.js';
import { Scheduler } from './processors/scheduler.js';
import { AccessTokens } from './security/access-token.js';
import { ClientSealing } from './security/client-sealing.js';
import { emailStream } from './security/email-lookup.js';
import { readKeyFile } from './security/key-file.js';
import { Keyring } from './security/keyring.js';
import { loadKeys } from './security/load-keys.js';
import { Passwords } from './security/passwords.js';
import { RefreshTokens } from './security/refresh-token.js';
import { Sealing } from './security/sealing.js';
import { UserKeys } from './security/user-keys.js';
import { embeddedFile, openStores, type Stores } from './stores.js';

// Beside dist/, in which this file lies once compiled.
const PUBLIC_FOLDER = fileURLToPath(new URL('../../public', import.meta.url));

/** Everything put together, nothing running yet. */
export interface Application {
  readonly http: HttpDependencies;
  readonly stores: Stores;
  readonly context: CommandContext;
  readonly projector: LeasedWork;
  readonly scheduler: Scheduler;
  /** Starts what the configured roles ask for, save the HTTP server. */
  start(): void;
  /** Reads the key file again, after it was rotated. Rejects with `KeyFileError`; the keys in use stay then. */
  reloadKeys(): Promise<void>;
  /** Stops what runs, then closes the stores. */
  close(): Promise<void>;
}

/** What tests and scripts may choose otherwise. */
export interface Overrides {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly passwords?: Passwords;
  /** A new UUID. */
  readonly newId?: () => string;
}

/**
 * Opens the stores and puts everything together. Rejects, naming what is wrong, with `KeyFileError`, `SqliteOpenError` or
 * `StoreUnavailableError`; nothing is left open then.
 */
export async function compose(config: Config, log: Logger, overrides: Overrides = {}): Promise<Application> {
  const now = overrides.now ?? Date.now;
  const keysFile = keysFileOf(config);
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const mayCreate = config.keysFile === null && !existsSync(embeddedFile(config.dataDir));
  const keyring = await Keyring.from(await loadKeys({ file: keysFile, mayCreate }, now()));
  const stores = await openStores(config);
  const { passwords = new Passwords(), newId = randomUUID } = overrides;
  const context = commandContext(config, { keyring, stores, now, newId, passwords });

  const following = new Projector({
    eventStore: stores.eventStore,
    readModel: stores.readModel,
    onStateChange: ({ state, failure, waitingFor }, error) => {
      const level = state === 'failed' ? 'error' : state === 'waiting' ? 'warn' : 'info';
      log[level]({ state, failure, waitingFor, err: state === 'waiting' ? error : undefined }, 'projector');
    },
  });
  const projector = new LeasedWork({
    name: 'projector',
    leases: stores.leases,
    holder: stores.leaseHolder,
    begin: () => {
      // One that has failed stays so until somebody has looked at it.
      if (following.status().state === 'stopped') following.start();
    },
    end: () => following.stop(),
    onError: (error) => log.error({ err: error }, 'projector lease'),
  });
  const scheduler = new Scheduler({
    cron: config.expirySweepCron,
    leases: stores.leases,
    holder: stores.leaseHolder,
    sweep: (goOn) => {
      const correlationId = context.newId();
      const expire = (session: Parameters<typeof expireToken>[1]): Promise<boolean> =>
        expireToken(context, session, correlationId);
      return sweep({ readModel: stores.readModel, expire, retentionMs: config.retentionMs, now }, goOn);
    },
    onSwept: (result) => log.info(result, 'expiry sweep'),
    onError: (error) => log.warn({ err: error }, 'expiry sweep failed'),
  });

  const watched: ReadinessOptions = {
    ...stores,
    projector: () => (projector.holds ? following.status() : null),
    now,
  };
  return {
    http: {
      commands: createCommands(context),
      queries: new Queries({ ...context, readModel: stores.readModel }),
      history: new DeviceHistory(context),
      jwks: () => keyring.jwks(now()),
      readiness: () => readiness(watched),
      metrics: new Metrics(() => projectionLag(watched).catch(() => null)),
      log,
      settings: {
        issuer: config.issuer,
        trustProxy: config.trustProxy,
        rateLimitExempt: config.rateLimitExempt,
        publicFolder: PUBLIC_FOLDER,
      },
    },
    stores,
    context,
    projector,
    scheduler,
    start: () => {
      if (config.roles.includes('projector')) projector.start();
      if (config.roles.includes('scheduler')) scheduler.start();
    },
    reloadKeys: async () => keyring.reload(await readKeyFile(keysFile)),
    close: async () => {
      await scheduler.stop();
      await projector.stop();
      await stores.close();
    },
  };
}

/** Where the keys lie: as configured, or beside the embedded stores. */
export function keysFileOf({ keysFile, dataDir }: Pick<Config, 'keysFile' | 'dataDir'>): string {
  return keysFile ?? path.join(dataDir, 'keys.json');
}

function commandContext(
  { issuer, audience, accessTokenMs, lifetimes }: Config,
  parts: { readonly keyring: Keyring; readonly stores: Stores } & Required<Overrides>,
): CommandContext {
  const { keyring, stores, now, newId, passwords } = parts;
  const userKeys = new UserKeys({ keyStore: stores.keyStore, master: keyring.master });
  const sealing = new Sealing(userKeys);
  return {
    eventStore: stores.eventStore,
    accessTokens: new AccessTokens({ keyring, issuer, audience, ttlMs: accessTokenMs }),
    refreshTokens: new RefreshTokens({ keyring, issuer, now }),
    passwords,
    userKeys,
    sealing,
    clientSealing: new ClientSealing(sealing),
    emailStream: (email) => emailStream(keyring.lookup, email),
    lifetimes,
    now,
    newId,
  };
}
