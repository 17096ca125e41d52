import path from 'node:path';
import type { UserAudit } from '../audit/user-audit.js';
import type { Config } from '../config.js';
import { dataFiles, erasedListFile } from '../config/data-files.js';
import { NotDisownableError } from '../event-store/disown.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import type { BackupSources } from '../operator/backup.js';
import type { UserActions } from '../operator/user-actions.js';
import type { OperatorDependencies } from '../operator/dependencies.js';
import { OperatorRefusedError } from '../operator/errors.js';
import { keyActions, type KeyActions, type KeyActionsOptions } from '../operator/key-actions.js';
import { changeIntegrityKey } from '../operator/integrity-change.js';
import { OtherLogError } from '../processors/other-log.js';
import { isProjectedElsewhere } from '../processors/projector-lease.js';
import { rebuild, type RebuildOptions } from '../processors/rebuild.js';
import { replaceMaster } from '../security/replace-master.js';
import type { Erasure } from './erasure.js';
import type { KeyFile } from '../security/key-file-shape.js';
import { readKeyFile } from '../security/key-file.js';
import type { Keyring } from '../security/keyring.js';
import { archiveActions } from './archiving.js';
import { proofActions } from './proof-actions.js';
import type { Stores } from './stores.js';
import { noteLostKeys } from './user-keys-check.js';

const ALL = { from: null, to: null };

export interface ServerOperationsOptions {
  readonly config: Config;
  readonly stores: Stores;
  readonly eventLog: OpenedLog;
  readonly keyring: Keyring;
  readonly reloadKeys: () => Promise<void>;
  readonly now: () => number;
  readonly newId: () => string;
  readonly erasure: Pick<Erasure, 'applyList'>;
  readonly users: UserActions;
  readonly userAudit: UserAudit;
  /** Resolves once the read model shows the log as it is now. Rejects if that takes too long. */
  readonly caughtUp: () => Promise<void>;
}

/** What the operator's operations work with in a process that has the stores open: a server, or the tool alone. */
export function serverOperations(options: ServerOperationsOptions, { isServer = true } = {}): OperatorDependencies {
  const { config, stores, eventLog, keyring, reloadKeys: reload, now } = options;
  const check = (keys: KeyFile): void => keyring.check(keys);
  const files = dataFiles(config);
  const alone = config.mongoUrl === null && config.eventStoreUrl === null;
  const proofs = proofActions({ ...options, eventLog: () => Promise.resolve(eventLog) });
  let isRebuilding = false;
  return {
    isServer,
    users: () => Promise.resolve(options.users),
    userAudit: () => Promise.resolve(options.userAudit),
    keys: keysActionsOf(
      { ...options, read: () => readKeyFile(files.keys), check },
      {
        rewrap: () => replaceMaster({ file: files.keys, keyStore: stores.keyStore, now: now(), alone, check, reload }),
        integrity: (actor) =>
          changeIntegrityKey(
            { file: files.keys, log: eventLog, signing: () => keyring.integrity.current.kid, now, alone, check, reload },
            actor,
          ),
      },
    ),
    proofs,
    archives: archiveActions({ ...options, isServer }),
    backup: {
      exportLog: () => proofs.export(ALL, 'jsonl'),
      userKeys:
        config.mongoUrl === null
          ? { copy: (to) => copied(files.userKeys, to) }
          : { list: (after, maxCount) => stores.keyStore.list(after, maxCount) },
      ...backupPlaces(config),
      now,
    },
    rebuild: async ({ check: dryRun, onProgress }) => {
      if (isRebuilding) throw new OperatorRefusedError('a rebuild is under way in this process already');
      isRebuilding = true;
      const whole = eventLog.openWhole();
      const log: RebuildOptions['log'] = {
        readAll: (page) => whole.readAll(page),
        holds: (lastEvent) => eventLog.holds(lastEvent),
      };
      try {
        const { readModel } = stores;
        const isInUse = (): Promise<boolean> => isProjectedElsewhere(stores.leases, eventLog);
        return await rebuild({ log, readModel, isInUse, retentionMs: config.retentionMs, now, onProgress, dryRun });
      } catch (error) {
        throw error instanceof OtherLogError ? new OperatorRefusedError(error.message) : error;
      } finally {
        isRebuilding = false;
        await whole.close();
      }
    },
    markRestored: async ({ refuseOlder, actor }) => {
      const historyId = await eventLog.restore({ refuseOlder, actor });
      // Before anybody is served: users who were erased in the lost part must not come back.
      await options.erasure.applyList();
      await markEnd(options, historyId);
      return { historyId };
    },
    disown: async ({ stream, revision, actor }) => {
      try {
        return { eventId: await eventLog.disown({ stream, revision, actor }) };
      } catch (error) {
        throw error instanceof NotDisownableError ? new OperatorRefusedError(error.message) : error;
      }
    },
  };
}

/** The files of an installation, as a backup needs them. */
export function backupPlaces(config: Config): Pick<BackupSources, 'keysFile' | 'dataDir' | 'erasedList'> {
  const list = erasedListFile(config);
  // The manifest names the list to a restore that runs in another folder.
  return { keysFile: dataFiles(config).keys, dataDir: config.dataDir, erasedList: list && path.resolve(list) };
}

type KeysOptions = Pick<ServerOperationsOptions, 'config' | 'now' | 'reloadKeys'> &
  Pick<KeyActionsOptions, 'read' | 'check'>;

/** What can be done with the key file of a configuration; `rewrap` needs the users' keys too, `integrity` the log. */
export function keysActionsOf(
  { config, now, read, check, reloadKeys: reload }: KeysOptions,
  changes: Pick<KeyActions, 'rewrap' | 'integrity'>,
): KeyActions {
  return keyActions({
    ...{ file: dataFiles(config).keys, read, now, check, reload, ...changes },
    alg: config.accessTokenAlgorithmIsSet ? config.accessTokenAlgorithm : null,
    sessionMs: config.lifetimes.absoluteMs,
    accessTokenMs: config.accessTokenMs,
    codeMs: Math.max(config.resetCodeMs, config.verifyCodeMs),
  });
}

async function copied(from: string, to: string): Promise<void> {
  // Only here: where MongoDB has the users' keys, nothing of SQLite is loaded.
  const { copyDatabase } = await import('../adapters/sqlite/copy/copy-database.js');
  await copyDatabase(from, to);
}

/** Sets the high-water mark to the end of the log: what it was before is of the lost part. */
async function markEnd({ stores }: ServerOperationsOptions, historyId: string): Promise<void> {
  const newest = await stores.eventStore.readNewest();
  if (newest === null) return;
  // Before the mark: with it alone a start would ask for keys that are lost for good.
  await noteLostKeys(stores, newest.position);
  await stores.highWaterMark.write({ position: newest.position, eventId: newest.id, historyId });
}
