import path from 'node:path';
import { createKeyFile, type KeyFile } from '../../src/security/key-file.js';
import { temporaryFolder } from './temporary-folder.js';

/** Keys as a first start makes them. */
export async function newKeys(now: string): Promise<KeyFile> {
  const folder = temporaryFolder();
  try {
    return await createKeyFile(path.join(folder.path, 'keys.json'), now);
  } finally {
    folder.remove();
  }
}

/** A key file of a new installation in a folder; resolves to its path. */
export async function newKeysFile(folder: string): Promise<string> {
  const file = path.join(folder, 'keys.json');
  await createKeyFile(file, new Date().toISOString());
  return file;
}
