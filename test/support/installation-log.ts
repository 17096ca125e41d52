import { afterEach, beforeEach } from '@jest/globals';
import type { Stores } from '../../src/compose/stores.js';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { rebuild } from '../../src/processors/rebuild.js';
import { openTestLog } from './embedded-stores.js';
import { installationFolder, openTestStores } from './every-back-end.js';

/** The stores of an installation that is not running, and the log in them, as they are now. */
export interface InstallationLog {
  readonly folder: string;
  readonly stores: Stores;
  readonly log: OpenedLog;
  /** Opens them again, after they were closed. */
  open(): Promise<void>;
  /** Which documents of the read model are not what the log says; without a dry run they are put right. */
  differences(dryRun?: boolean): Promise<readonly unknown[]>;
}

/** Called where tests are described: opens an empty installation before each, and removes it after it. */
export function installationLog(): InstallationLog {
  let folder: ReturnType<typeof installationFolder>;
  let stores: Stores;
  let log: OpenedLog;
  const open = async (): Promise<void> => {
    stores = await openTestStores(folder.path);
    log = await openTestLog(stores.eventStore);
  };
  beforeEach(async () => {
    folder = installationFolder();
    await open();
  });
  afterEach(async () => {
    await stores.close();
    await folder.remove();
  });
  return {
    get folder() {
      return folder.path;
    },
    get stores() {
      return stores;
    },
    get log() {
      return log;
    },
    open,
    differences: async (dryRun = false) =>
      (await rebuild({ log, readModel: stores.readModel, retentionMs: 1e15, now: Date.now, dryRun })).differences,
  };
}
