import path from 'node:path';
import {
  LEAF_HASH_JOBS,
  openEmbeddedLeafHashes,
  type EmbeddedLeafHashes,
} from '../../src/adapters/sqlite/audit/embedded-leaf-hashes.js';
import type { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { openSqliteFile } from './open-sqlite-file.js';
import { temporaryFolder } from './temporary-folder.js';

/** Leaf hashes in a folder of their own. */
export function openTestLeafHashes(): {
  readonly file: string;
  readonly leaves: EmbeddedLeafHashes;
  close(): Promise<void>;
} {
  const folder = temporaryFolder();
  const file = path.join(folder.path, 'leaves.db');
  const open = (): Promise<SqliteFile> => openSqliteFile(file, [LEAF_HASH_JOBS]);
  const leaves = openEmbeddedLeafHashes(open);
  const close = async (): Promise<void> => {
    await leaves.close();
    folder.remove();
  };
  return { file, leaves, close };
}
