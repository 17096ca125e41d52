import path from 'node:path';
import type { AccessAlgorithm, KeyFile } from '../../src/security/key-file-shape.js';
import { createKeyFile } from '../../src/security/key-file.js';
import { newKeyFile } from '../../src/security/new-keys.js';

/** Keys as a first start makes them. */
export function newKeys(now: number, alg: AccessAlgorithm = 'EdDSA'): Promise<KeyFile> {
  return newKeyFile(now, alg);
}

/** A key file of a new installation in a folder; resolves to its path. */
export async function newKeysFile(folder: string): Promise<string> {
  const file = path.join(folder, 'keys.json');
  await createKeyFile(file, Date.now());
  return file;
}
