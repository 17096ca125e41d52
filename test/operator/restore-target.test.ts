/** A restore where a server keeps the users' keys and remembers itself who was erased. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { wordsOfErased } from '../../scripts/commands/restore.js';
import { ErasedList } from '../../src/adapters/files/erased-list.js';
import { pagesInUse } from '../../src/compose/check-restored-keys.js';
import { createKeys, destroyKeys, restoreTarget } from '../../src/compose/restore-target.js';
import { openStores } from '../../src/compose/stores.js';
import { readToolConfig } from '../../src/config.js';
import { OperatorRefusedError } from '../../src/operator/errors.js';
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

const words = (list: string | null, ids: number, onMongoDb = false): string =>
  wordsOfErased({ erased_list: list, erased_ids: ids }, { onMongoDb });

it('says how many ids of a list were applied, and that an empty one names nobody', () => {
  expect(words('/backup/list', 1)).toBe('Who is in /backup/list stays erased: 1 id was applied.');
  expect(words('/backup/list', 12, true)).toBe('Who is in /backup/list stays erased: 12 ids were applied.');
  expect(words('/backup/list', 0)).toMatch(/^\/backup\/list lists nobody: .* have to be erased once more/);
});

it('warns where no list was found, with MongoDB too', () => {
  for (const onMongoDb of [false, true]) expect(words(null, 0, onMongoDb)).toContain('have to be erased once more');
  expect(words(null, 0, true)).toContain('user_keys');
});

describe('a list that an operator names', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => void (folder = temporaryFolder()));
  afterEach(() => folder.remove());
  const read = (content: string | Uint8Array): Promise<readonly string[]> => {
    const file = path.join(folder.path, 'erased.txt');
    writeFileSync(file, content);
    return restoreTarget(readToolConfig({ DATA_DIR: folder.path }), 'operator:test').readErased(file);
  };
  const utf16 = Buffer.from(`\uFEFF${erased}\n`, 'utf16le');

  it.each([
    ['ids in capitals', `${erased.toUpperCase()}\n`, [erased]],
    [
      'CRLF, a byte order mark, blanks, comments and ids twice',
      `\uFEFF# of 2026\r\n\r\n  ${erased}\t\r\n${erased}\r\n`,
      [erased],
    ],
    ['no line end', `${erased}\n${other}`, [erased, other]],
    ['a line that a crash cut off, with its id after it', `${erased.slice(0, 20)}\n${erased}\n`, [erased]],
    ['nothing', '', []],
    ['comments alone', '# nobody\n', []],
  ])('is taken with %s', async (_, content, ids) => {
    expect(await read(content)).toEqual(ids);
  });

  it.each<[string, string | Uint8Array, number]>([
    ['a checkpoint note', 'auth.example.com/log\n12\nqqqq=\n\n— auth.example.com/log aaaa\n', 1],
    ['an export of the log', `{"position":"1","stream":"user-${erased}"}\n`, 1],
    ['lines of users list --json', `{"user_id":"${erased}"}\n`, 1],
    ['an id in quotes', `${other}\n"${erased}"\n`, 2],
    ['an id with a comma', `${other}\n\n${erased},\n`, 3],
    ['two ids in a line', `${erased} ${other}\n`, 1],
    ['an id with something behind it', `${erased} # Ada\n`, 1],
    ['a list that was cut off', `${erased}\n${other.slice(0, 30)}`, 2],
    ['an email address', 'ada@example.com\n', 1],
    ['UTF-16', utf16, 1],
    ['line ends of old', `${erased}\r${other}\r`, 1],
    ['bytes', Buffer.of(0, 1, 2, 255), 1],
  ])('is refused with %s, by file and line', async (_, content, line) => {
    const reading = read(content);
    await expect(reading).rejects.toThrow(OperatorRefusedError);
    await expect(reading).rejects.toThrow(`erased.txt: line ${line} is no id of a user. `);
  });
});

it('counts of exported keys what users will have: a key that is in the key store stays', async () => {
  const keyStore = new MemoryKeyStore();
  await destroyKeys(keyStore, [erased], 1);
  const third = { userId: randomUUID(), wrappedKey: Uint8Array.of(3) };
  await createKeys(keyStore, [{ userId: other, wrappedKey: Uint8Array.of(9) }]);
  const pages: unknown[] = [];
  for await (const page of pagesInUse(keyStore, [...keys, third])) pages.push(page);
  expect(pages).toEqual([[{ userId: other, wrappedKey: Uint8Array.of(9) }, third]]);
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
      await target.addErased(await target.readErased(list));
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
