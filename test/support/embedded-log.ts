import { afterEach, beforeEach } from '@jest/globals';
import type { OpenedLog } from '../../src/event-store/open-event-log.js';
import { openEmbeddedStores, openTestLog, type EmbeddedStores } from './embedded-stores.js';
import { temporaryFolder } from './temporary-folder.js';

/** Embedded stores in a folder of their own, and the log in them. */
export interface EmbeddedLog {
  readonly stores: EmbeddedStores;
  readonly log: OpenedLog;
}

/** Opens an empty log before each test, which `use` is given, and removes it afterwards. */
export function withEmbeddedLog(use: (opened: EmbeddedLog) => void): void {
  let folder: ReturnType<typeof temporaryFolder>;
  let stores: EmbeddedStores;
  beforeEach(async () => {
    folder = temporaryFolder();
    stores = await openEmbeddedStores(folder.path);
    use({ stores, log: await openTestLog(stores.eventStore) });
  });
  afterEach(async () => {
    await stores.close();
    folder.remove();
  });
}
