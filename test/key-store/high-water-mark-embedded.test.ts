import path from 'node:path';
import {
  HIGH_WATER_JOBS,
  openEmbeddedHighWaterMark,
} from '../../src/adapters/sqlite/key-store/embedded-high-water-mark.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { highWaterMarkContract } from '../contract/high-water-mark.js';
import { temporaryFolder } from '../support/temporary-folder.js';

highWaterMarkContract('embedded', async () => {
  const folder = temporaryFolder();
  const file = await SqliteFile.open(path.join(folder.path, 'keys.db'), { jobs: [HIGH_WATER_JOBS] });
  return {
    mark: openEmbeddedHighWaterMark(file),
    close: async () => {
      await file.close();
      folder.remove();
    },
  };
});
