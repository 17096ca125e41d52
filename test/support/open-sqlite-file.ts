import path from 'node:path';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { keepWriter } from './kept-writer.js';
import { temporaryFolder } from './temporary-folder.js';

/** Opens a file as the stores of a test have it: the thread that writes to it goes on until the end of the suite. */
export async function openSqliteFile(at: string, jobs: readonly URL[]): Promise<SqliteFile> {
  await keepWritingThread();
  return SqliteFile.open(at, { jobs });
}

/** Keeps the thread that writes to files until the end of the suite. */
export function keepWritingThread(): Promise<void> {
  return keepWriter(async () => {
    const folder = temporaryFolder();
    const file = await SqliteFile.open(path.join(folder.path, 'kept.db'), { jobs: [] });
    return {
      close: async () => {
        await file.close();
        folder.remove();
      },
    };
  });
}
