import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Application, Overrides } from './compose/application.js';
import { openAuditProofs } from './compose/audit-proofs.js';
import { BackgroundWork } from './compose/background-work.js';
import { openCommandContext } from './compose/command-context.js';
import { openErasure } from './compose/erasure.js';
import { httpDependencies, openMetrics } from './compose/http-parts.js';
import { NewFiles } from './compose/new-files.js';
import { Observations } from './compose/observations.js';
import { openWatchedLog, type WatchedLog } from './compose/open-log.js';
import { openMailTransport } from './compose/mailing.js';
import { ownUrls } from './compose/own-urls.js';
import { openProcessing, type Processing } from './compose/processing.js';
import { readiness, type ReadinessOptions } from './compose/readiness.js';
import { openKeyring } from './compose/security.js';
import { serverOperations } from './compose/server-operations.js';
import { openStores, placesOf, type Stores } from './compose/stores.js';
import { caughtUpWithin, openUserActions } from './compose/user-actions.js';
import { UserKeysLostError } from './compose/user-keys-check.js';
import { openUserAudit } from './compose/user-audit.js';
import { serverUrl, type Config } from './config.js';
import { prepareFolders } from './config/data-dir.js';
import { dataFiles } from './config/data-files.js';
import { LogNotOpenedError } from './event-store/open-event-log.js';
import { LogPositions } from './http/log-positions.js';
import type { Metrics } from './http/metrics/metrics.js';
import { PositionWaiters } from './http/position-waiters.js';
import { SecurityLog } from './http/security-log.js';
import type { MailTransport } from './processors/ports.js';
import { RevocationFeed } from './processors/revocation-feed.js';
import { keepUserKeys } from './security/drop-masters.js';
import { readKeyFile } from './security/key-file.js';
import type { Keyring } from './security/keyring.js';
import { LogPositionCodec } from './security/log-position-codec.js';
import { Passwords } from './security/passwords.js';
import { hasMasterOf } from './security/wrapped-key.js';
import { openTracing } from './telemetry/tracing.js';

/**
 * Opens the stores and puts everything together. Rejects, naming what is wrong, with `ConfigError`, `KeyFileError`,
 * `SqliteOpenError`, `StoreUnavailableError`, `RestoredLogError`, `LogNotOpenedError` or `UserKeysLostError`; nothing is left open then.
 */
export async function compose(config: Config, log: Logger, overrides: Overrides = {}): Promise<Application> {
  const { now = Date.now, newId = randomUUID, passwords = new Passwords(), listensAt = null } = overrides;
  prepareFolders(config);
  await openTracing();
  const keyring = await openKeyring(config, now());
  let onFatal: (error: Error) => void = () => undefined;
  const fatal = new Promise<Error>((resolve) => {
    onFatal = resolve;
  });
  const { log: logFile, readModel, userKeys, leafHashes } = dataFiles(config);
  const made = new NewFiles([logFile, readModel, userKeys, leafHashes]);
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
      ...{ stores, places: placesOf(config), prefix: config.streamPrefix, keys: keyring.integrity, log, now, newId },
      ...(overrides.signal === undefined ? {} : { signal: overrides.signal }),
      hasMasterOf: (wrapped) => hasMasterOf(keyring.masters, wrapped),
      issuer: config.issuer ?? listensAt ?? serverUrl(config.host, config.port),
      onAppend: (seconds) => metrics?.append(seconds),
      onRefused: (error) => observations.refused(error),
      onDisowned: (eventId) => observations.disowned(eventId),
      onOutdated: (error) => onFatal(error),
    });
    const parts = {
      config,
      log,
      keyring,
      stores,
      watched,
      observations,
      securityLog,
      now,
      newId,
      passwords,
      onFatal,
      listensAt,
      waits: overrides.waits,
    };
    const mailTransport = await openMailTransport(config, log);
    const application = put({ ...parts, fatal, mailTransport, setMetrics: (made) => (metrics = made) });
    await application.erasure.beforeServing();
    await application.processing.mailing.prepare();
    return application;
  } catch (error) {
    await stores.close();
    // The next look must not find an empty log, or empty keys, where there were none.
    if (error instanceof LogNotOpenedError || error instanceof UserKeysLostError) await made.remove();
    throw error;
  }
}

interface Parts extends Required<Omit<Overrides, 'signal' | 'waits'>> {
  readonly waits: Overrides['waits'];
  readonly config: Config;
  readonly log: Logger;
  readonly keyring: Keyring;
  readonly stores: Stores;
  readonly watched: WatchedLog;
  readonly observations: Observations;
  readonly securityLog: SecurityLog;
  readonly mailTransport: MailTransport;
  readonly fatal: Promise<Error>;
  readonly onFatal: (error: Error) => void;
  readonly setMetrics: (metrics: Metrics) => void;
}

function put(parts: Parts): Application {
  const { config, log, keyring, stores, watched, observations, securityLog, now } = parts;
  const { eventLog, highWater } = watched;
  const waiters = new PositionWaiters(() => stores.readModel.checkpoint());
  const { openedIssuer } = eventLog;
  const own = ownUrls({ issuer: config.issuer, openedIssuer, listensAt: parts.listensAt });
  const { issuer } = own;
  if (own.url !== issuer) log.info(own, 'tokens name the issuer with which the log was opened; ISSUER sets another');
  const context = openCommandContext({
    ...{ config, keyring, stores, eventLog, issuer, now, newId: parts.newId, passwords: parts.passwords },
    alarms: observations,
    waitForPosition: (position, timeoutMs) => waiters.wait(position, timeoutMs),
    onEnded: (reason) => metrics.ended(reason),
  });
  const erasure = openErasure({ config, context, stores, onProblem: (error, what) => log.warn({ err: error }, what) });
  const processing: Processing = openProcessing({
    ...{ config, stores, eventLog, context, keyring, log, erasure, own, mailTransport: parts.mailTransport },
    metrics: () => metrics,
    onProjected: (position) => waiters.advanced(position),
    onDisconnected: () => highWater.hold(),
    onMaybeAnother: () => void watched.check().then(() => highWater.release(), parts.onFatal),
  });
  const isProjecting = config.roles.includes('projector');
  const status: ReadinessOptions = {
    ...{ eventLog, now, eventStore: stores.eventStore, readModel: stores.readModel, keyStore: stores.keyStore },
    hub: () => processing.hub.status(),
    projector: () => (isProjecting ? processing.projector.status() : null),
    eraser: () => (isProjecting ? processing.eraser.status() : null),
    observed: () => observations.observed(),
  };
  const metrics = openMetrics(parts, processing, status);
  parts.setMetrics(metrics);
  let isDraining = false;
  const draining = (): boolean => isDraining;
  const keepKeys = keepUserKeys({ keyStore: stores.keyStore, userKeys: context.userKeys });
  const reloadKeys = (): Promise<void> => keyring.reload(() => readKeyFile(dataFiles(config).keys), keepKeys);
  const background = new BackgroundWork((error) => log.warn({ err: error }, 'work after an answer'));
  const userAudit = openUserAudit({ config, keyring, stores, context });
  const codec = new LogPositionCodec(() => keyring.position);
  const { audience } = config;
  const { hub } = processing;
  const caughtUp = caughtUpWithin(context);
  const revocations = new RevocationFeed({ hub, log: eventLog, keyring, codec, issuer, audience, now });
  const positions = new LogPositions({ codec, waiters, logEnd: () => eventLog.end(), waits: parts.waits });
  return {
    http: httpDependencies({
      ...parts,
      context,
      own,
      metrics,
      positions,
      revocations,
      draining,
      userAudit,
      auditProofs: openAuditProofs({ config, keyring, stores, eventLog }),
      afterwards: background.run,
    }),
    operations: { draining, log, securityLog, metrics, readiness: () => readiness(status) },
    operator: serverOperations({
      ...{ config, stores, eventLog, keyring, reloadKeys, now, newId: parts.newId, erasure },
      ...{ userAudit, caughtUp },
      users: openUserActions({
        ...{ config, context, stores, erasure, caughtUp },
        changing: (change) => change(),
        onUnreadable: (error) => log.error({ err: error }, 'a user is listed as unreadable'),
      }),
    }),
    ...{ stores, eventLog, context, processing, erasure, reloadKeys },
    fatal: parts.fatal,
    start: () => processing.start(),
    drain: () => {
      isDraining = true;
      revocations.close();
    },
    close: async () => {
      revocations.close();
      await background.settled();
      await processing.stop();
      await highWater.close();
      await stores.close();
    },
  };
}
