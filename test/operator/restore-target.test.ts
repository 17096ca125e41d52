/** A restore where a server keeps the users' keys and remembers itself who was erased. */
import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { wordsOfErased } from '../../scripts/commands/restore.js';
import { ErasedList } from '../../src/adapters/files/erased-list.js';
import { createKeys, destroyKeys, restoreTarget } from '../../src/compose/restore-target.js';
import { openStores } from '../../src/compose/stores.js';
import { readToolConfig } from '../../src/config.js';
import { serverDescribe } from '../support/backends.js';
import { MemoryKeyStore } from '../support/memory-key-store.js';
import { openMongoDatabase } from '../support/mongo-database.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const [erased, other] = [randomUUID(), randomUUID()];
const keys = [erased, other].map((userId) => ({ userId, wrappedKey: Uint8Array.of(1, 2) }));

it('imports no key of somebody who is listed as erased', async () => {
  const keyStore = new MemoryKeyStore();
  await destroyKeys(keyStore, [erased], 1);
  await createKeys(keyStore, keys);
  expect(await keyStore.get(erased)).toBe('destroyed');
  expect(await keyStore.get(other)).toEqual(Uint8Array.of(1, 2));
});

it('stops at a key store that does not answer', async () => {
  const keyStore = new MemoryKeyStore();
  keyStore.unavailable = true;
  await expect(createKeys(keyStore, keys)).rejects.toThrow(/unavailable/i);
});

it('warns where no list was found, with MongoDB too', () => {
  expect(wordsOfErased('/backup/list', { onMongoDb: true })).toBe('Who is in /backup/list stays erased.');
  for (const onMongoDb of [false, true])
    expect(wordsOfErased(null, { onMongoDb })).toContain('have to be erased once more');
  expect(wordsOfErased(null, { onMongoDb: true })).toContain('user_keys');
});

serverDescribe('with MongoDB', 'MONGODB_URL', (serverUrl) => {
  it('applies a list that is named, before the keys of the backup', async () => {
    const folder = temporaryFolder();
    const database = openMongoDatabase(serverUrl);
    const list = path.join(folder.path, 'erased.txt');
    writeFileSync(list, `${erased}\n`);
    try {
      const config = readToolConfig({ DATA_DIR: folder.path, MONGODB_URL: database.url });
      const target = restoreTarget(config, 'operator:test');
      await target.addErased(list);
      await target.importUserKeys(keys);
      const stores = await openStores(config);
      expect(await stores.keyStore.get(erased)).toBe('destroyed');
      expect(await stores.keyStore.get(other)).toEqual(Uint8Array.of(1, 2));
      await stores.close();
      expect(await new ErasedList(`${target.keysFile}.erased`).read()).toEqual([]);
    } finally {
      await database.close();
      folder.remove();
    }
  });
});
