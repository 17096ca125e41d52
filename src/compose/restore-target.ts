import path from 'node:path';
import { ErasedList } from '../adapters/files/erased-list.js';
import type { Config } from '../config.js';
import { prepareDataDir } from '../config/data-dir.js';
import { dataFiles, erasedListFile } from '../config/data-files.js';
import type { Actor } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import type { KeyStore } from '../key-store/key-store.js';
import type { ExportedUserKey } from '../operator/backup.js';
import { OperatorRefusedError } from '../operator/errors.js';
import { checkRestoredKeys } from './check-restored-keys.js';
import { openStores, type Stores } from './stores.js';
import { appendExport } from './import-export.js';
import { openInstallation } from './open-installation.js';
import type { RestoreTarget } from '../operator/restore.js';

/** Where a backup goes for a configuration. */
export function restoreTarget(config: Config, actor: Actor): RestoreTarget {
  const files = dataFiles(config);
  const erasedList = erasedListFile(config);
  return {
    dataDir: path.resolve(config.dataDir),
    prepare: () => prepareDataDir(config.dataDir),
    files: [
      files.log,
      files.readModel,
      files.userKeys,
      files.leafHashes,
      files.keys,
      ...(erasedList === null ? [] : [erasedList]),
    ],
    userKeysFile: config.mongoUrl === null ? files.userKeys : null,
    keysFile: files.keys,
    erasedList,
    importLog: async (file) => {
      await appendExport(config, file);
    },
    importUserKeys: (keys) => inStores(config, ({ keyStore }) => createKeys(keyStore, keys)),
    checkUserKeys: (check) => checkRestoredKeys(config, check),
    readErased: readErasedList,
    addErased: async (userIds) => {
      if (erasedList !== null) return new ErasedList(erasedList).add(userIds);
      await inStores(config, ({ keyStore }) => destroyKeys(keyStore, userIds, Date.now()));
    },
    markRestored: async () => {
      const installation = openInstallation(config);
      try {
        return await installation.markRestored({ refuseOlder: false, actor });
      } finally {
        await installation.close();
      }
    },
  };
}

/** The ids of a list that an operator names, or that is to keep users erased. Rejects with `OperatorRefusedError` if it is none. */
async function readErasedList(file: string): Promise<readonly string[]> {
  const { userIds, strangeLine } = await new ErasedList(file).look();
  if (strangeLine === null) return userIds;
  throw new OperatorRefusedError(
    `${file}: line ${strangeLine} is no id of a user. A list of erased users holds one id a line and nothing else; correct the line, or name another file by --erased`,
  );
}

async function inStores(config: Config, work: (stores: Stores) => Promise<void>): Promise<void> {
  const stores = await openStores(config);
  try {
    await work(stores);
  } finally {
    await stores.close();
  }
}

/** Notes users as erased in a key store that keeps that itself: a key that is imported afterwards is refused. Rejects as it does. */
export async function destroyKeys(
  keyStore: Pick<KeyStore, 'destroy'>,
  userIds: readonly string[],
  at: Instant,
): Promise<void> {
  for (const userId of userIds) await keyStore.destroy(userId, at);
}

/** Stores keys of a backup. One that is there stays, and one that was destroyed since stays destroyed. Rejects as the key store does. */
export async function createKeys(keyStore: Pick<KeyStore, 'create'>, keys: readonly ExportedUserKey[]): Promise<void> {
  for (const { userId, wrappedKey } of keys) await keyStore.create(userId, wrappedKey).catch(unlessDestroyed);
}

function unlessDestroyed(error: unknown): void {
  if (!(error instanceof Error && error.name === 'KeyDestroyedError')) throw error;
}
