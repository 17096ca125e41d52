import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { CommandContext } from './commands/context.js';
import { createCommands } from './commands/create-commands.js';
import { Observations } from './compose/observations.js';
import { openWatchedLog, type WatchedLog } from './compose/open-log.js';
import { openProcessing, type Processing } from './compose/processing.js';
import { isUp, projectionLag, readiness, type ReadinessOptions } from './compose/readiness.js';
import { keysFileOf, openKeyring, openSecurity } from './compose/security.js';
import { serverOperations } from './compose/server-operations.js';
import { openStores, type Stores } from './compose/stores.js';
import { serverUrl, type Config } from './config.js';
import { prepareDataDir } from './config/data-dir.js';
import type { OpenedLog } from './event-store/open-event-log.js';
import type { HttpDependencies, HttpQueries } from './http/dependencies.js';
import { LogPositions } from './http/log-positions.js';
import { Metrics } from './http/metrics/metrics.js';
import type { OperationsDependencies } from './http/operations-app.js';
import { PositionWaiters } from './http/position-waiters.js';
import { SecurityLog } from './http/security-log.js';
import type { OperatorDependencies } from './operator/dependencies.js';
import { authenticate } from './queries/authenticate.js';
import { DeviceHistory } from './queries/device-history.js';
import { Queries } from './queries/queries.js';
import { emailKey } from './security/email-lookup.js';
import { readKeyFile } from './security/key-file.js';
import type { Keyring } from './security/keyring.js';
import { Limits } from './security/limits/limits.js';
import { LogPositionCodec } from './security/log-position-codec.js';
import { Passwords } from './security/passwords.js';

// Beside dist/, in which this file lies once compiled.
const PUBLIC_FOLDER = fileURLToPath(new URL('../../public', import.meta.url));
const PACKAGE_FILE = fileURLToPath(new URL('../../package.json', import.meta.url));

/** Everything put together, nothing running yet. */
export interface Application {
  readonly http: HttpDependencies;
  readonly operations: Omit<OperationsDependencies, 'operator'>;
  /** What the operator's tool may ask of this process. */
  readonly operator: OperatorDependencies;
  readonly stores: Stores;
  readonly eventLog: OpenedLog;
  readonly context: CommandContext;
  readonly processing: Processing;
  /** Resolves when this process must answer what it has begun and end: a writer died, or the log is another one. */
  readonly fatal: Promise<Error>;
  /** Starts what the configured roles ask for, except the HTTP servers. */
  start(): void;
  /** From now on readiness says no, and each answer is the last of its connection. */
  drain(): void;
  /** Reads the key file again, after it was rotated. Rejects with `KeyFileError` or `KeyFileRefusedError`; the keys in use stay then. */
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
  /** Ends the waiting for an event store that does not answer. */
  readonly signal?: AbortSignal;
}

/**
 * Opens the stores and puts everything together. Rejects, naming what is wrong, with `ConfigError`, `KeyFileError`,
 * `SqliteOpenError`, `StoreUnavailableError` or `RestoredLogError`; nothing is left open then.
 */
export async function compose(config: Config, log: Logger, overrides: Overrides = {}): Promise<Application> {
  const { now = Date.now, newId = randomUUID, passwords = new Passwords() } = overrides;
  prepareDataDir(config.dataDir);
  const keyring = await openKeyring(config, now());
  let onFatal: (error: Error) => void = () => undefined;
  const fatal = new Promise<Error>((resolve) => {
    onFatal = resolve;
  });
  const stores = await openStores(config, {
    onFatal: (error) => onFatal(error),
    onWarning: (reason) => log.warn({ reason }, 'store'),
    onLimitsOutage: (error) =>
      log.warn({ err: error ?? undefined }, error === null ? 'limits shared again' : 'limits apart'),
  });
  try {
    const securityLog = new SecurityLog(log, keyring.lookup);
    const observations = new Observations(securityLog);
    let metrics: Metrics | null = null;
    const watched = await openWatchedLog({
      ...{ stores, prefix: config.streamPrefix, keys: keyring.integrity, log, now, newId },
      ...(overrides.signal === undefined ? {} : { signal: overrides.signal }),
      issuer: config.issuer ?? serverUrl(config.host, config.port),
      onAppend: (seconds) => metrics?.append(seconds),
      onRefused: (error) => observations.refused(error),
    });
    const parts = { config, log, keyring, stores, watched, observations, securityLog, now, newId, passwords, onFatal };
    return put({ ...parts, fatal, setMetrics: (made) => (metrics = made) });
  } catch (error) {
    await stores.close();
    throw error;
  }
}

interface Parts extends Required<Omit<Overrides, 'signal'>> {
  readonly config: Config;
  readonly log: Logger;
  readonly keyring: Keyring;
  readonly stores: Stores;
  readonly watched: WatchedLog;
  readonly observations: Observations;
  readonly securityLog: SecurityLog;
  readonly fatal: Promise<Error>;
  readonly onFatal: (error: Error) => void;
  readonly setMetrics: (metrics: Metrics) => void;
}

function put(parts: Parts): Application {
  const { config, log, keyring, stores, watched, observations, securityLog, now } = parts;
  const { eventLog, highWater } = watched;
  const waiters = new PositionWaiters(() => stores.readModel.checkpoint());
  const context = commandContext(parts, (position, timeoutMs) => waiters.wait(position, timeoutMs));
  const processing: Processing = openProcessing({
    ...{ config, stores, eventLog, context, keyring, log },
    metrics: () => metrics,
    onProjected: (position) => waiters.advanced(position),
    onReconnected: () => void watched.check().catch(parts.onFatal),
  });
  const isProjecting = config.roles.includes('projector');
  const status: ReadinessOptions = {
    ...{ eventLog, now, eventStore: stores.eventStore, readModel: stores.readModel, keyStore: stores.keyStore },
    hub: () => processing.hub.status(),
    projector: () => (isProjecting ? processing.projector.status() : null),
    observed: () => observations.observed(),
  };
  const metrics = metricsOf(parts, processing, status);
  parts.setMetrics(metrics);
  let isDraining = false;
  const draining = (): boolean => isDraining;
  const reloadKeys = (): Promise<void> => keyring.reload(() => readKeyFile(keysFileOf(config)));
  const positions = new LogPositions({
    codec: new LogPositionCodec(() => keyring.position),
    waiters,
    logEnd: () => eventLog.end(),
  });
  return {
    http: httpDependencies(parts, { context, metrics, positions, draining }),
    operations: { draining, log, securityLog, metrics, readiness: () => readiness(status) },
    operator: serverOperations({ config, stores, eventLog, keyring, reloadKeys, now, newId: parts.newId }),
    ...{ stores, eventLog, context, processing, reloadKeys },
    fatal: parts.fatal,
    start: () => processing.start(),
    drain: () => {
      isDraining = true;
    },
    close: async () => {
      await processing.stop();
      await highWater.close();
      await stores.close();
    },
  };
}

function issuerOf({ config, watched }: Pick<Parts, 'config' | 'watched'>): string {
  return config.issuer ?? watched.eventLog.openedIssuer;
}

function commandContext(parts: Parts, waitForPosition: CommandContext['waitForPosition']): CommandContext {
  const { config, keyring, stores, watched, observations, now, newId, passwords } = parts;
  const security = openSecurity(config, { keyring, keyStore: stores.keyStore, issuer: issuerOf(parts), now });
  return {
    ...security,
    eventLog: watched.eventLog,
    passwords,
    emailKey: (email) => emailKey(keyring.lookup, email),
    policy: { lifetimes: config.lifetimes, rotationsPerHour: config.limits.rotationsPerHour },
    registrationIsOpen: config.registration === 'open',
    maxSessionsPerUser: config.maxSessionsPerUser,
    sessions: stores.readModel,
    waitForPosition,
    alarms: observations,
    resetCodeMs: 15 * 60_000,
    verifyCodeMs: 24 * 3_600_000,
    now,
    newId,
  };
}

function httpDependencies(
  parts: Parts,
  made: {
    readonly context: CommandContext;
    readonly metrics: Metrics;
    readonly positions: LogPositions;
    readonly draining: () => boolean;
  },
): HttpDependencies {
  const { config, log, keyring, stores, watched, securityLog, now } = parts;
  const { context } = made;
  return {
    ...{ metrics: made.metrics, positions: made.positions, draining: made.draining, log, securityLog },
    commands: createCommands(context),
    queries: httpQueries(context, stores),
    genuineToken: (token) => context.refreshTokens.verify(token),
    limits: new Limits({
      counters: stores.limitCounters,
      secret: keyring.lookup,
      settings: config.limits,
      exempt: config.rateLimitExempt,
    }),
    clients: null,
    jwks: () => keyring.jwks(now()),
    settings: {
      issuer: issuerOf(parts),
      openedIssuer: watched.eventLog.openedIssuer,
      allowedOrigins: config.allowedOrigins,
      host: config.host,
      trustProxy: config.trustProxy,
      hstsSeconds: config.hstsSeconds,
      passwordMinLength: config.passwordMinLength,
      publicFolder: PUBLIC_FOLDER,
    },
  };
}

function httpQueries(context: CommandContext, { readModel }: Stores): HttpQueries {
  const queries = new Queries({ ...context, sessions: readModel });
  const history = new DeviceHistory(context);
  return {
    authenticate: (accessToken) => authenticate(context, accessToken),
    me: (bearer) => queries.me(bearer),
    devices: (bearer, { limit, after }) => queries.devices(bearer, { limit, ...(after === null ? {} : { after }) }),
    session: async (bearer, sid) => {
      const session = await queries.session(bearer, sid);
      return session && { sid: session.id, deviceId: session.deviceId };
    },
    deviceEvents: ({ userId }, { deviceId }, before) => history.page({ userId, deviceId }, before ?? undefined),
  };
}

function metricsOf({ stores, passwords }: Parts, processing: Processing, status: ReadinessOptions): Metrics {
  const { version } = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string };
  return new Metrics({
    lagSeconds: () => projectionLag(status).catch(() => null),
    projectorState: () => {
      const state = status.projector()?.state ?? 'elsewhere';
      return state === 'starting' ? 'waiting' : state;
    },
    leases: () => ({
      projector: processing.projector.holds,
      scheduler: processing.scheduler.holds,
      sealer: processing.sealer.holds,
    }),
    stores: async () => ({
      event_store: await isUp(stores.eventStore),
      read_model: await isUp(stores.readModel),
      key_store: await isUp(stores.keyStore),
    }),
    passwordQueues: () => passwords.waiting,
    version,
  });
}
