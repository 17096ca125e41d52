import { existsSync } from 'node:fs';
import path from 'node:path';
import { copyDatabase } from '../adapters/sqlite/copy/copy-database.js';
import type { Config } from '../config.js';
import { keysFileOf } from '../compose.js';
import { rebuild } from '../processors/rebuild.js';
import { embeddedFile, openStores, type Stores } from '../stores.js';
import type { OperatorDependencies } from './dependencies.js';
import { OperatorRefusedError } from './errors.js';
import { keyActions } from './key-actions.js';

/** What the operator's operations work with where no server runs. The stores are opened by the first operation that needs them. */
export interface OpenedInstallation extends OperatorDependencies {
  close(): Promise<void>;
}

/** The installation of a configuration. Each operation rejects with `OperatorRefusedError` where there is no installation. */
export function openInstallation(config: Config): OpenedInstallation {
  let opened: Promise<Stores> | null = null;
  const stores = (): Promise<Stores> => {
    checkThere(config);
    opened ??= openStores(config);
    return opened;
  };
  const file = (name: string): string => path.join(config.dataDir, name);
  const copyOf =
    (from: string) =>
    (to: string): Promise<void> => {
      checkThere(config);
      return copyDatabase(from, to);
    };
  return {
    isServer: false,
    keys: keyActions({
      file: keysFileOf(config),
      alg: config.accessTokenAlgorithm,
      sessionMs: config.lifetimes.absoluteMs,
      accessTokenMs: config.accessTokenMs,
      codeMs: 24 * 3_600_000,
      now: Date.now,
      reload: () => Promise.resolve(),
      rewrap: null,
    }),
    backup: {
      copyLog: config.eventStoreUrl === null ? copyOf(embeddedFile(config.dataDir)) : null,
      userKeys:
        config.mongoUrl === null
          ? { copy: copyOf(file('user-keys.db')) }
          : { list: async (after, maxCount) => (await stores()).keyStore.list(after, maxCount) },
      keysFile: keysFileOf(config),
      now: Date.now,
    },
    rebuild: async ({ check, onProgress }) =>
      rebuild({
        ...(await stores()),
        retentionMs: config.retentionMs,
        now: Date.now(),
        dryRun: check,
        onProgress,
      }),
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
function checkThere({ eventStoreUrl, dataDir }: Config): void {
  if (eventStoreUrl === null && !existsSync(embeddedFile(dataDir)))
    throw new OperatorRefusedError(`there is no installation in DATA_DIR ${path.resolve(dataDir)}: check its path`);
}
