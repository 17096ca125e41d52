import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ErasedList } from '../../../src/adapters/files/erased-list.js';
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
  for (const id of [one, other, one]) await new ErasedList(file).add(id);
  expect(await new ErasedList(file).read()).toEqual([one, other]);
  expect(readFileSync(file, 'utf8').split(one)).toHaveLength(2);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('loses no id after a line that was cut off, and takes nothing else for an id', async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  await new ErasedList(file).add(one);
  appendFileSync(file, `not an id\n${randomUUID().slice(0, 20)}`);
  await new ErasedList(file).add(other);
  expect(await new ErasedList(file).read()).toEqual([one, other]);
});

it('rejects where the folder cannot be written', async () => {
  await expect(new ErasedList(path.join(folder.path, 'missing', 'list')).add(randomUUID())).rejects.toThrow('ENOENT');
});
