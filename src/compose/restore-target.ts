import path from 'node:path';
import { ErasedList } from '../adapters/files/erased-list.js';
import type { Config } from '../config.js';
import { dataFiles, erasedListFile } from '../config/data-files.js';
import type { Actor } from '../domain/event.js';
import { openStores } from './stores.js';
import { appendExport } from './import-export.js';
import { openInstallation } from './open-installation.js';
import type { RestoreTarget } from '../operator/restore.js';

/** Where a backup goes for a configuration. */
export function restoreTarget(config: Config, actor: Actor): RestoreTarget {
  const files = dataFiles(config);
  return {
    dataDir: path.resolve(config.dataDir),
    logFile: config.eventStoreUrl === null ? files.log : null,
    userKeysFile: config.mongoUrl === null ? files.userKeys : null,
    keysFile: files.keys,
    erasedList: config.mongoUrl === null ? erasedListFile(config) : null,
    importLog: async (file) => {
      await appendExport(config, file);
    },
    importUserKeys: async (keys) => {
      const stores = await openStores(config);
      try {
        // A key that is there stays, and one that was destroyed since the backup stays destroyed.
        for (const { userId, wrappedKey } of keys) await stores.keyStore.create(userId, wrappedKey).catch(unlessDestroyed);
      } finally {
        await stores.close();
      }
    },
    addErased: async (file) => {
      const own = new ErasedList(erasedListFile(config));
      await own.add(await new ErasedList(file).read());
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

function unlessDestroyed(error: unknown): void {
  if (!(error instanceof Error && error.name === 'KeyDestroyedError')) throw error;
}
