import path from 'node:path';
import { keysFileOf } from '../compose.js';
import type { Config } from '../config.js';
import type { Actor } from '../domain/event.js';
import { embeddedFile, openStores } from '../stores.js';
import { openInstallation } from './open-installation.js';
import type { RestoreTarget } from './restore.js';

/** Where a backup goes for a configuration. */
export function restoreTarget(config: Config, actor: Actor): RestoreTarget {
  return {
    dataDir: path.resolve(config.dataDir),
    logFile: config.eventStoreUrl === null ? embeddedFile(config.dataDir) : null,
    userKeysFile: config.mongoUrl === null ? path.join(config.dataDir, 'user-keys.db') : null,
    keysFile: keysFileOf(config),
    importUserKeys: async (keys) => {
      const stores = await openStores(config);
      try {
        // A key that is there stays, and one that was destroyed since the backup stays destroyed.
        for (const { userId, wrappedKey } of keys) await stores.keyStore.create(userId, wrappedKey).catch(unlessDestroyed);
      } finally {
        await stores.close();
      }
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
