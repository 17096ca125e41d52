import path from 'node:path';
import { openEmbeddedCheckpoints } from '../../src/adapters/sqlite/read-model/embedded-checkpoints.js';
import { openEmbeddedLeases } from '../../src/adapters/sqlite/read-model/embedded-leases.js';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from '../../src/adapters/sqlite/read-model/embedded-read-model.js';
import type { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { checkpointsContract } from '../contract/checkpoints.js';
import { leasesContract } from '../contract/leases.js';
import { MADE_BY, readModelContract } from '../contract/read-model.js';
import { openSqliteFile } from '../support/open-sqlite-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

async function openFile(): Promise<{ file: SqliteFile; close: () => Promise<void> }> {
  const folder = temporaryFolder();
  const file = await openSqliteFile(path.join(folder.path, 'test.db'), [READ_MODEL_JOBS]);
  const close = async (): Promise<void> => {
    await file.close();
    folder.remove();
  };
  return { file, close };
}

readModelContract('embedded', async () => {
  const { file, close } = await openFile();
  return { readModel: openEmbeddedReadModel(file, MADE_BY), close };
});

checkpointsContract('embedded', async () => {
  const { file, close } = await openFile();
  return { checkpoints: openEmbeddedCheckpoints(file), close };
});

leasesContract('embedded', () => Promise.resolve({ leases: openEmbeddedLeases(), close: () => Promise.resolve() }));
