import path from 'node:path';
import {
  HIGH_WATER_JOBS,
  openEmbeddedHighWaterMark,
} from '../../src/adapters/sqlite/key-store/embedded-high-water-mark.js';
import { highWaterMarkContract } from '../contract/high-water-mark.js';
import { openSqliteFile } from '../support/open-sqlite-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

highWaterMarkContract('embedded', async () => {
  const folder = temporaryFolder();
  const file = await openSqliteFile(path.join(folder.path, 'keys.db'), [HIGH_WATER_JOBS]);
  return {
    mark: openEmbeddedHighWaterMark(file),
    close: async () => {
      await file.close();
      folder.remove();
    },
  };
});
