import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  createKeyFile,
  createNewKeyFile,
  KeyFileError,
  prepareKeys,
  readKeyFile,
  rotateKeys,
  writeKeyFile,
} from '../../src/security/key-file.js';
import { Keyring } from '../../src/security/keyring.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NOW = '2026-01-01T00:00:00.000Z';
const DAY = 86_400_000;

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'keys.json');
});
afterEach(() => folder.remove());

describe('a key file', () => {
  it('is made for its owner alone, and read back as it is', async () => {
    const keys = await createKeyFile(file, NOW);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await readKeyFile(file)).toEqual(keys);
    expect(readdirSync(folder.path)).toEqual(['keys.json']);
  });

  it('is made once, however many start at once', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => createKeyFile(file, NOW)));
    expect(new Set(made.map(({ master }) => master)).size).toBe(1);
    expect(readdirSync(folder.path)).toEqual(['keys.json']);
  });

  it('says whether it was made', async () => {
    expect(await createNewKeyFile(file, NOW)).toBe(true);
    const made = await readKeyFile(file);
    expect(await createNewKeyFile(file, NOW)).toBe(false);
    expect(await readKeyFile(file)).toEqual(made);
  });

  it('that others can read is refused', async () => {
    await createKeyFile(file, NOW);
    chmodSync(file, 0o640);
    await expect(readKeyFile(file)).rejects.toThrow('set its mode to 600');
  });

  it('that is missing, no JSON or not as expected is refused, without a word of what it holds', async () => {
    await expect(readKeyFile(file)).rejects.toMatchObject({ missing: true });
    const { master } = await createKeyFile(file, NOW);
    const whole = readFileSync(file, 'utf8');
    for (const text of [
      whole.slice(0, -10),
      whole.replace('"version": 1', '"version": 2'),
      whole.replace('"secret"', '"s"'),
      '[]',
    ]) {
      writeFileSync(file, text);
      const error = await readKeyFile(file).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(KeyFileError);
      expect(String(error)).not.toContain(master);
    }
  });

  it('rotated has new keys first, lets the former retire, and forgets those that have', async () => {
    const first = await createKeyFile(file, NOW);
    const second = await rotateKeys(first, NOW, DAY);
    expect(second.refresh.map(({ kid }) => kid)).toEqual([expect.any(String), first.refresh[0]!.kid]);
    expect(second.refresh[1]!.retireAt).toBe('2026-01-02T00:00:00.000Z');
    expect([second.master, second.lookup]).toEqual([first.master, first.lookup]);
    const third = await rotateKeys(second, '2026-01-02T00:00:00.000Z', DAY);
    expect(third.access.map(({ kid }) => kid)).toEqual([expect.any(String), second.access[0]!.kid]);
    await writeKeyFile(file, third);
    expect(await readKeyFile(file)).toEqual(third);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('prepared verifies by the keys of the next rotation before they sign anything', async () => {
    const first = await createKeyFile(file, NOW);
    const prepared = await prepareKeys(first, NOW);
    expect(await prepareKeys(prepared, NOW)).toEqual(prepared);
    const next = { refresh: prepared.refresh.at(-1)!.kid, access: prepared.access.at(-1)!.kid };
    const [before, after] = [await Keyring.from(prepared), await Keyring.from(await rotateKeys(prepared, NOW, DAY))];
    expect([before.refreshKey.kid, before.accessKey.kid]).toEqual([first.refresh[0]!.kid, first.access[0]!.kid]);
    expect([after.refreshKey.kid, after.accessKey.kid]).toEqual([next.refresh, next.access]);
    const now = Date.parse(NOW);
    for (const keyring of [before, after]) {
      expect(keyring.jwks(now).keys.map(({ kid }) => kid)).toEqual(
        expect.arrayContaining([first.access[0]!.kid, next.access]),
      );
      for (const kid of [first.refresh[0]!.kid, next.refresh]) expect(keyring.refreshKeyOf(kid, now)).not.toBeNull();
    }
    expect(before.refreshKeyOf(next.refresh, now + 10 * DAY)).not.toBeNull();
    expect(after.refreshKeyOf(first.refresh[0]!.kid, now + DAY)).toBeNull();
  });
});
