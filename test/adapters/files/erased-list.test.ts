import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ErasedList } from '../../../src/adapters/files/erased-list.js';
import { StoreUnavailableError } from '../../../src/domain/unavailable.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'keys.json.erased');
});
afterEach(() => folder.remove());

it('is empty where there is no file', async () => {
  expect(await new ErasedList(file).read()).toEqual([]);
});

it('keeps each id once, for the owner alone', async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  for (const ids of [[one], [other, other], [one, other]]) await new ErasedList(file).add(ids);
  expect(await new ErasedList(file).read()).toEqual([one, other]);
  expect(readFileSync(file, 'utf8').split(one)).toHaveLength(2);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('loses no id after a line that was cut off, and takes nothing else for an id', async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  await new ErasedList(file).add([one]);
  appendFileSync(file, `not an id\n${randomUUID().slice(0, 20)}`);
  await new ErasedList(file).add([other]);
  expect(await new ErasedList(file).read()).toEqual([one, other]);
});

it('takes ids in capitals, and says which line is none', async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  appendFileSync(file, `\uFEFF# erased\r\n${one.toUpperCase()}\r\n\r\n`);
  const list = new ErasedList(file);
  expect(await list.look()).toEqual({ userIds: [one], strangeLine: null });
  await list.add([one]);
  expect(readFileSync(file, 'utf8')).not.toContain(one);
  appendFileSync(file, `"${other}"\nsomething\n`);
  expect(await list.look()).toEqual({ userIds: [one], strangeLine: 4 });
  await list.add([other]);
  expect(await list.look()).toEqual({ userIds: [one, other], strangeLine: 4 });
});

it('does not call a line strange that a crash cut off, once its id is listed', async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  appendFileSync(file, `${one}\n${other.slice(0, 30)}`);
  const list = new ErasedList(file);
  expect((await list.look()).strangeLine).toBe(2);
  await list.add([other]);
  expect(await list.look()).toEqual({ userIds: [one, other], strangeLine: null });
});

it('keeps each id once also when many are added at the same time', async () => {
  const list = new ErasedList(file);
  const [one, other] = [randomUUID(), randomUUID()];
  await Promise.all(Array.from({ length: 20 }, (_, index) => list.add([index % 2 === 0 ? one : other])));
  for (const id of [one, other]) expect(readFileSync(file, 'utf8').split(id)).toHaveLength(2);
});

it('says which list cannot be written or read, and goes on once it can', async () => {
  const missing = path.join(folder.path, 'missing', 'list');
  const list = new ErasedList(missing);
  const id = randomUUID();
  const added = list.add([id]);
  await expect(added).rejects.toThrow(StoreUnavailableError);
  await expect(added).rejects.toThrow(`${missing}, cannot be written (ENOENT)`);
  mkdirSync(path.dirname(missing));
  await list.add([id]);
  expect(await list.read()).toEqual([id]);
  await expect(new ErasedList(folder.path).read()).rejects.toThrow('cannot be read (EISDIR)');
});
