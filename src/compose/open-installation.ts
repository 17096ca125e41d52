import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../domain/message-of.js';
import { ChangesWithoutServer } from './changes-without-server.js';
import { openCommandContext } from './command-context.js';
import { openErasure } from './erasure.js';
import { proofActions } from './proof-actions.js';
import { readOwnKeyFile } from './key-file-problem.js';
import { backupPlaces, keysActionsOf, serverOperations } from './server-operations.js';
import { openStores, placesOf, type Stores } from './stores.js';
import { openUserActions } from './user-actions.js';
import { openUserAudit } from './user-audit.js';
import { serverUrl, type Config } from '../config.js';
import { dataFiles } from '../config/data-files.js';
import { openEventLog, type OpenedLog } from '../event-store/open-event-log.js';
import { keepUserKeys } from '../security/drop-masters.js';
import { Keyring } from '../security/keyring.js';
import { Passwords } from '../security/passwords.js';
import { catchUp } from '../operator/catch-up.js';
import type { OperatorDependencies } from '../operator/dependencies.js';
import { OperatorRefusedError } from '../operator/errors.js';
import type { VerifyReport } from '../audit/verify.js';
import type { ProofActions, VerifyRequest } from '../operator/proof-actions.js';

/** What the operator's operations work with where no server runs. The stores are opened by the first operation that needs them. */
export interface OpenedInstallation extends OperatorDependencies {
  close(): Promise<void>;
}

/** The stores, and the keys. */
interface Parts {
  readonly stores: Stores;
  readonly keyring: Keyring;
}

/** Stores, and the operations over them. */
interface Opened extends Parts {
  readonly eventLog: OpenedLog;
  readonly changes: ChangesWithoutServer;
  readonly operations: OperatorDependencies;
}

/** The installation of a configuration. Each operation rejects with `OperatorRefusedError` where there is no installation. */
export function openInstallation(config: Config): OpenedInstallation {
  let opening: Promise<Parts> | null = null;
  const parts = (): Promise<Parts> => (opening ??= openParts(config));
  let reading: Promise<Opened> | null = null;
  const opened = (): Promise<Opened> => (reading ??= parts().then((open) => openLog(config, open)));
  const changed = async <T>(change: (operations: OperatorDependencies) => Promise<T>): Promise<T> => {
    const { changes, operations } = await opened();
    return changes.make(() => change(operations));
  };
  // A log whose own history was altered cannot be opened, and can be verified.
  const proofs = async (): Promise<ProofActions> =>
    proofActions({ config, ...(await parts()), eventLog: async () => (await opened()).eventLog });
  const reload = (): Promise<void> => Promise.resolve();
  return {
    isServer: false,
    users: async () => (await opened()).operations.users(),
    userAudit: async () => (await opened()).operations.userAudit(),
    keys: keysActionsOf(
      { config, now: Date.now, read: () => readOwnKeyFile(config), check: ignore, reloadKeys: reload },
      {
        rewrap: async () => (await opened()).operations.keys.rewrap(),
        integrity: (actor) => changed(({ keys }) => keys.integrity(actor)),
      },
    ),
    proofs: {
      verify: async (request) => (opening === null ? verified(config, request) : (await proofs()).verify(request)),
      checkpoint: async () => (await proofs()).checkpoint(),
      key: async () => (await proofs()).key(),
      prove: async (eventId) => (await proofs()).prove(eventId),
      export: async function* (period, format) {
        yield* (await proofs()).export(period, format);
      },
    },
    archives: { archive: (request) => changed(({ archives }) => archives.archive(request)) },
    backup: {
      exportLog: async function* () {
        yield* (await opened()).operations.backup.exportLog();
      },
      userKeys:
        config.mongoUrl === null
          ? { copy: async (to) => copyOfKeys((await opened()).operations, to) }
          : { list: async (after, maxCount) => (await opened()).stores.keyStore.list(after, maxCount) },
      ...backupPlaces(config),
      now: Date.now,
    },
    rebuild: async (request) => (await opened()).operations.rebuild(request),
    markRestored: async (options) => (await opened()).operations.markRestored(options),
    disown: async (event) => {
      // `…log` itself may hold the event: then a log that was put back cannot be marked as restored before.
      const { changes, operations } = await openLog(config, await parts(), { mayHoldRefused: true });
      return changes.makeOnAny(() => operations.disown(event));
    },
    close: async () => {
      const opened = await opening?.catch(() => null);
      await opened?.stores.close();
    },
  };
}

async function copyOfKeys({ backup }: OperatorDependencies, to: string): Promise<void> {
  if ('copy' in backup.userKeys) await backup.userKeys.copy(to);
}

async function openParts(config: Config, isLogOnlyRead = false): Promise<Parts> {
  checkThere(config);
  const keyring = Keyring.from(await readOwnKeyFile(config));
  return { keyring, stores: await openStores({ ...config, isLogOnlyRead }) };
}

/** Verifies a log as it is, also one that cannot be opened for anything else. */
async function verified(config: Config, request: VerifyRequest): Promise<VerifyReport> {
  const parts = await openParts(config, true);
  const eventLog = (): Promise<OpenedLog> => openLog(config, parts).then((opened) => opened.eventLog);
  try {
    return await proofActions({ config, ...parts, eventLog }).verify(request);
  } finally {
    await parts.stores.close();
  }
}

async function openLog(config: Config, { stores, keyring }: Parts, { mayHoldRefused = false } = {}): Promise<Opened> {
  const changes = new ChangesWithoutServer({
    ...{ stores, prefix: config.streamPrefix, place: placesOf(config).userKeys, say },
    eventLog: () => eventLog,
  });
  // Compared with the high-water mark only before a change: the operator may be here to look at a restored log, or to mark it.
  const eventLog = await openEventLog({
    store: stores.eventStore,
    prefix: config.streamPrefix,
    keys: keyring.integrity,
    issuer: config.issuer ?? serverUrl(config.host, config.port),
    runSuffix: stores.logIsEmbedded ? randomUUID().slice(0, 6) : null,
    now: Date.now,
    newId: randomUUID,
    mayOpen: false,
    mayHoldRefused,
    onMoved: changes.moved,
    onAppending: changes.appending,
  });
  const operations = operationsOf(config, { stores, keyring, eventLog, changes });
  return { stores, keyring, eventLog, changes, operations };
}

function operationsOf(
  config: Config,
  { stores, keyring, eventLog, changes }: Omit<Opened, 'operations'>,
): OperatorDependencies {
  const clock = { now: Date.now, newId: randomUUID };
  // Nobody else projects here.
  const caughtUp = (): Promise<void> => catchUp(eventLog, stores.readModel);
  const context = openCommandContext({
    ...{ config, keyring, stores, eventLog, ...clock, passwords: new Passwords() },
    issuer: config.issuer ?? eventLog.openedIssuer,
    alarms: { logCut: ignore, streamDestroyed: ignore, userKeyMissing: ignore },
    onEnded: ignore,
    waitForPosition: () => caughtUp().then(() => true),
  });
  const onProblem = (error: unknown, what: string): void => {
    say(`${what}: ${messageOf(error)}`);
  };
  const erasure = openErasure({ config, context, stores, onProblem });
  const users = openUserActions({
    ...{ config, context, stores, erasure, caughtUp },
    changing: (change) => changes.make(change),
    onUnreadable: (error) => onProblem(error, 'a user is listed as unreadable'),
  });
  const userAudit = openUserAudit({ config, keyring, stores, context });
  const keepKeys = keepUserKeys({ keyStore: stores.keyStore, userKeys: context.userKeys });
  const reloadKeys = (): Promise<void> => keyring.reload(() => readOwnKeyFile(config), keepKeys);
  const options = { config, stores, eventLog, keyring, reloadKeys, ...clock, erasure, users, userAudit, caughtUp };
  return serverOperations(options, { isServer: false });
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function ignore(): void {
  // The server says so; the tool shows what it was asked for.
}

/** A mistyped DATA_DIR must not become a new installation. */
function checkThere(config: Config): void {
  const { log, userKeys } = dataFiles(config);
  if (config.eventStoreUrl !== null || existsSync(log)) return;
  const folder = path.resolve(config.dataDir);
  throw new OperatorRefusedError(
    config.mongoUrl === null && existsSync(userKeys)
      ? `DATA_DIR ${folder} holds users’ keys and no log (${path.basename(log)}): put it back, or run \`tokenledger restore FOLDER\` with a backup and another DATA_DIR`
      : `there is no installation in DATA_DIR ${folder}: check its path`,
  );
}
