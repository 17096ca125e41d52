import { expect, it } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { LEAF_HASH_JOBS, openEmbeddedLeafHashes } from '../../src/adapters/sqlite/audit/embedded-leaf-hashes.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { leafHashesContract } from '../contract/leaf-hashes.js';
import { openTestLeafHashes } from '../support/leaf-hashes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

leafHashesContract('embedded', () => Promise.resolve(openTestLeafHashes()));

it('a damaged file is named with what to do, closes, and is opened again once it is removed', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder.path, 'leaf-hashes.db');
  writeFileSync(file, 'no database, but long enough to be read as one'.repeat(20));
  const leaves = openEmbeddedLeafHashes(() => SqliteFile.open(file, { jobs: [LEAF_HASH_JOBS] }));
  await expect(leaves.progress()).rejects.toThrow(/remove it: all that it held is made of the log again$/);
  await leaves.close();
  rmSync(file);
  expect(await leaves.progress()).toBeNull();
  await leaves.close();
  folder.remove();
});
