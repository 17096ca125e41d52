import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { createAdminCommands } from '../commands/admin-commands.js';
import type { CommandContext } from '../commands/context.js';
import { createCommands } from '../commands/create-commands.js';
import type { Config } from '../config.js';
import { readOAuthClients } from '../config/oauth-clients-file.js';
import type { HttpDependencies } from '../http/dependencies.js';
import type { LogPositions } from '../http/log-positions.js';
import { Metrics } from '../http/metrics/metrics.js';
import type { SecurityLog } from '../http/security-log.js';
import { Users } from '../queries/users.js';
import { DpopNonces } from '../security/dpop-nonces.js';
import { DpopProofs } from '../security/dpop-proofs.js';
import type { Keyring } from '../security/keyring.js';
import { OAuthClients } from '../security/oauth-clients.js';
import type { Passwords } from '../security/passwords.js';
import type { WatchedLog } from './open-log.js';
import type { OwnUrls } from './own-urls.js';
import type { Processing } from './processing.js';
import { PACKAGE_VERSION } from '../http/package-version.js';
import { httpQueries } from './http-queries.js';
import type { ProcessorState as ShownState } from '../http/metrics/outcomes.js';
import type { ProcessorStatus } from '../processors/processor-status.js';
import { isUp, projectionLag, type ReadinessOptions } from './readiness.js';
import { openLimits } from './security.js';
import type { Stores } from './stores.js';

// Beside dist/, in which this file lies once compiled.
const PUBLIC_FOLDER = fileURLToPath(new URL('../../../public', import.meta.url));

/** What the HTTP interface is made of. */
export interface HttpParts {
  readonly config: Config;
  readonly log: Logger;
  readonly keyring: Keyring;
  readonly stores: Stores;
  readonly securityLog: SecurityLog;
  readonly now: () => number;
  readonly own: OwnUrls;
  readonly context: CommandContext;
  readonly metrics: Metrics;
  readonly positions: LogPositions;
  readonly draining: () => boolean;
  readonly revocations: HttpDependencies['revocations'];
  readonly passwords: Passwords;
  readonly afterwards: HttpDependencies['afterwards'];
  readonly userAudit: HttpDependencies['userAudit'];
  readonly auditProofs: HttpDependencies['auditProofs'];
}

/** Puts what the HTTP interface stands on together. Throws `ConfigError` if the file of OAuth clients is not usable. */
export function httpDependencies(parts: HttpParts): HttpDependencies {
  const { config, keyring, stores, context, now, log, securityLog, metrics, positions, draining, own, afterwards } = parts;
  const { revocations, passwords, userAudit, auditProofs } = parts;
  const clients = config.oauthClientsFile === null ? [] : readOAuthClients(config.oauthClientsFile);
  return {
    ...{ metrics, positions, draining, log, securityLog, afterwards, now, userAudit, auditProofs },
    commands: createCommands(context),
    admin: createAdminCommands(context),
    queries: httpQueries(context),
    users: new Users({ ...context, onUnreadable: (error) => log.error({ err: error }, 'a user is listed as unreadable') }),
    genuineToken: (token) => context.refreshTokens.verify(token),
    limits: openLimits(parts),
    clients: new OAuthClients(clients, passwords),
    proofs: new DpopProofs({
      used: stores.usedProofs,
      now,
      nonces: config.dpopNonce === 'required' ? new DpopNonces({ key: () => keyring.position, now }) : null,
    }),
    revocations,
    jwks: () => keyring.jwks(now()),
    settings: {
      ...own,
      openedIssuer: context.eventLog.openedIssuer,
      allowedOrigins: config.allowedOrigins,
      host: config.host,
      trustProxy: config.trustProxy,
      hstsSeconds: config.hstsSeconds,
      passwordMinLength: config.passwordMinLength,
      publicFolder: PUBLIC_FOLDER,
    },
  };
}

/** The metrics of a process, with what is measured when they are asked for. */
export function openMetrics(
  {
    stores,
    passwords,
    watched,
  }: { readonly stores: Stores; readonly passwords: Passwords; readonly watched: Pick<WatchedLog, 'eventLog'> },
  processing: Processing,
  status: ReadinessOptions,
): Metrics {
  return new Metrics({
    lagSeconds: () => projectionLag(status),
    projectorState: () => shownState(status.projector()),
    eraserState: () => shownState(status.eraser()),
    erasures: processing.erasures,
    skippedEvents: () => watched.eventLog.skipped,
    leases: () => ({
      projector: processing.projector.holds,
      eraser: processing.eraser.holds,
      mailer: processing.mailing.mailer.holds,
      sealer: processing.sealer.holds,
      scheduler: processing.scheduler.holds,
    }),
    stores: async () => ({
      event_store: await isUp(stores.eventStore),
      read_model: await isUp(stores.readModel),
      key_store: await isUp(stores.keyStore),
    }),
    passwordQueues: () => passwords.waiting,
    version: PACKAGE_VERSION,
  });
}

/** One that starts waits for its stores. */
function shownState(processor: ProcessorStatus | null): ShownState {
  const state = processor?.state ?? 'elsewhere';
  return state === 'starting' ? 'waiting' : state;
}
