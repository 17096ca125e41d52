import { existsSync } from 'node:fs';
import path from 'node:path';
import { copyDatabase } from '../adapters/sqlite/copy/copy-database.js';
import type { Config } from '../config.js';
import { dataFiles } from '../config/data-files.js';
import type { Stores } from '../stores.js';
import type { OperatorDependencies } from './dependencies.js';
import { OperatorRefusedError } from './errors.js';
import { keyActions } from './key-actions.js';

// As long as a code that verifies an address is valid at most.
const CODE_MS = 24 * 3_600_000;

/** What the operator's operations work with where no server runs. The stores are opened by the first operation that needs them. */
export interface OpenedInstallation extends OperatorDependencies {
  close(): Promise<void>;
}

/** The installation of a configuration. Each operation rejects with `OperatorRefusedError` where there is no installation. */
export function openInstallation(config: Config): OpenedInstallation {
  const files = dataFiles(config);
  let opened: Promise<Stores> | null = null;
  const stores = (): Promise<Stores> => {
    checkThere(config);
    // Not loaded for what concerns the key file alone.
    opened ??= import('../stores.js').then(({ openStores }) => openStores(config));
    return opened;
  };
  const copyOf =
    (from: string) =>
    (to: string): Promise<void> => {
      checkThere(config);
      return copyDatabase(from, to);
    };
  return {
    isServer: false,
    keys: keyActions({
      file: files.keys,
      alg: config.accessTokenAlgorithm,
      sessionMs: config.lifetimes.absoluteMs,
      accessTokenMs: config.accessTokenMs,
      codeMs: CODE_MS,
      now: Date.now,
      reload: () => Promise.resolve(),
      rewrap: null,
    }),
    backup: {
      copyLog: config.eventStoreUrl === null ? copyOf(files.log) : null,
      userKeys:
        config.mongoUrl === null
          ? { copy: copyOf(files.userKeys) }
          : { list: async (after, maxCount) => (await stores()).keyStore.list(after, maxCount) },
      keysFile: files.keys,
      now: Date.now,
    },
    rebuild: async ({ check, onProgress }) => {
      const parts = await stores();
      const { rebuild } = await import('../processors/rebuild.js');
      return rebuild({ ...parts, retentionMs: config.retentionMs, now: Date.now(), dryRun: check, onProgress });
    },
    markRestored: async () => {
      await stores();
      throw new OperatorRefusedError('the log cannot be marked');
    },
    disown: async () => {
      await stores();
      throw new OperatorRefusedError('the event cannot be disowned');
    },
    close: async () => {
      if (opened !== null) await (await opened).close();
    },
  };
}

/** A mistyped DATA_DIR must not become a new installation. */
function checkThere(config: Config): void {
  if (config.eventStoreUrl === null && !existsSync(dataFiles(config).log))
    throw new OperatorRefusedError(`there is no installation in DATA_DIR ${path.resolve(config.dataDir)}: check its path`);
}
