import path from 'node:path';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { eventStoreContract } from '../contract/event-store.js';
import { openSqliteFile } from '../support/open-sqlite-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

eventStoreContract('embedded', async () => {
  const folder = temporaryFolder();
  const file = await openSqliteFile(path.join(folder.path, 'tokenledger.db'), [EVENT_STORE_JOBS]);
  const store = openEmbeddedEventStore(file);
  const close = async (): Promise<void> => {
    await store.close();
    await file.close();
    folder.remove();
  };
  return { store, close };
});
