import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createKeyFile, createNewKeyFile, KeyFileError, readKeyFile, writeKeyFile } from '../../src/security/key-file.js';
import { loadKeys } from '../../src/security/load-keys.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const MADE = '2026-01-01T00:00:00.000Z';
const NOW = Date.parse(MADE);

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'keys.json');
});
afterEach(() => folder.remove());

const refusal = async (reading: Promise<unknown>): Promise<KeyFileError> => {
  const error = await reading.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(KeyFileError);
  return error as KeyFileError;
};

describe('a key file', () => {
  it('is made for its owner alone, with keys of all kinds, and read back as it is', async () => {
    const umask = process.umask(0);
    try {
      const keys = await createKeyFile(file, NOW);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(await readKeyFile(file)).toEqual(keys);
      expect(readdirSync(folder.path)).toEqual(['keys.json']);
      expect(keys).toMatchObject({
        version: 2,
        master: [{ id: expect.stringMatching(/^.{12}$/), createdAt: MADE }],
        integrity: [{ kid: expect.stringMatching(/^.{6}$/) }],
        mail: [{ signsFrom: MADE }],
        notes: [{ jwk: { crv: 'Ed25519' } }],
        refresh: [{ kid: expect.stringMatching(/^.{12}$/), signsFrom: MADE }],
        access: [{ alg: 'EdDSA', signsFrom: MADE }],
      });
    } finally {
      process.umask(umask);
    }
  });

  it('is made once, however many start at once', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => createKeyFile(file, NOW)));
    expect(new Set(made.map(({ lookup }) => lookup)).size).toBe(1);
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

  it('that is a folder or a named pipe is refused at once', async () => {
    mkdirSync(file, { mode: 0o700 });
    await expect(readKeyFile(file)).rejects.toThrow('not a file');
    const pipe = path.join(folder.path, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    await expect(readKeyFile(pipe)).rejects.toThrow('not a file');
  });

  it('that is missing, no JSON or not as expected is refused, without a word of what it holds', async () => {
    await expect(readKeyFile(file)).rejects.toMatchObject({ missing: true });
    const { lookup } = await createKeyFile(file, NOW);
    const whole = readFileSync(file, 'utf8');
    for (const text of [
      whole.slice(0, -10),
      whole.replace('"version": 2', '"version": 1'),
      whole.replace('"secret"', '"s"'),
      whole.replace('"lookup"', '"extra": 1, "lookup"'),
      '[]',
    ]) {
      writeFileSync(file, text);
      expect(String(await refusal(readKeyFile(file)))).not.toContain(lookup);
    }
  });

  it('is never replaced by keys that could not be read again, and leaves nothing beside it', async () => {
    const keys = await createKeyFile(file, NOW);
    await refusal(writeKeyFile(file, { ...keys, position: keys.lookup }));
    expect(await readKeyFile(file)).toEqual(keys);
    mkdirSync(path.join(folder.path, 'taken', 'x'), { recursive: true });
    await refusal(writeKeyFile(path.join(folder.path, 'taken'), keys));
    expect(readdirSync(folder.path).sort()).toEqual(['keys.json', 'taken']);
    await writeKeyFile(file, { ...keys, refresh: [...keys.refresh] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the keys of a start', () => {
  it('are made only where that is allowed', async () => {
    expect(await refusal(loadKeys({ file, mayCreate: false }, NOW))).toMatchObject({ missing: true });
    const made = await loadKeys({ file, mayCreate: true, alg: 'ES256' }, NOW);
    expect(made.access.map(({ alg }) => alg)).toEqual(['ES256']);
    expect(await loadKeys({ file, mayCreate: true, alg: 'ES256' }, NOW)).toEqual(made);
  });

  it('get an access key of the configured algorithm, which the file has then', async () => {
    const { kid } = (await loadKeys({ file, mayCreate: true }, NOW)).access[0]!;
    const keys = await loadKeys({ file, mayCreate: true, alg: 'RS256', accessOverlapMs: 60_000 }, NOW);
    expect(keys.access).toMatchObject([
      { alg: 'RS256', signsFrom: '2026-01-01T00:01:10.000Z' },
      { alg: 'EdDSA', kid, retireAt: '2026-01-01T00:02:10.000Z' },
    ]);
    expect(await readKeyFile(file)).toEqual(keys);
  });
});
