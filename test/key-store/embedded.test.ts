import { expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { KEY_STORE_JOBS, openEmbeddedKeyStore } from '../../src/adapters/sqlite/key-store/embedded-key-store.js';
import { keyStoreContract } from '../contract/key-store.js';
import { openSqliteFile } from '../support/open-sqlite-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

keyStoreContract('embedded', async () => {
  const folder = temporaryFolder();
  const file = await openSqliteFile(path.join(folder.path, 'keys.db'), [KEY_STORE_JOBS]);
  return {
    store: openEmbeddedKeyStore(file),
    close: async () => {
      await file.close();
      folder.remove();
    },
  };
});

it('leaves nothing of a replaced or destroyed key in the file and its journals', async () => {
  const folder = temporaryFolder();
  const file = await openSqliteFile(path.join(folder.path, 'keys.db'), [KEY_STORE_JOBS]);
  const store = openEmbeddedKeyStore(file);
  const holds = (key: Buffer): boolean =>
    readdirSync(folder.path).some((name) => readFileSync(path.join(folder.path, name)).includes(key));
  const key = randomBytes(60);
  await store.create('ursula', key);
  await store.create('another', randomBytes(60));
  expect(holds(key)).toBe(true);
  const rewrapped = randomBytes(60);
  await store.replace('ursula', key, rewrapped);
  expect([holds(key), holds(rewrapped)]).toEqual([false, true]);
  await store.destroy('ursula', 1_000);
  expect(holds(rewrapped)).toBe(false);
  await file.close();
  folder.remove();
});
