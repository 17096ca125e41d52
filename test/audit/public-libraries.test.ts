import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkProof } from '../../src/audit/tlog-proof.js';
import { parseVerifierKey } from '../../src/audit/verifier-key.js';
import { recordsOf, writeVectors } from '../support/audit-vectors.js';
import { backendDescribe } from '../support/backends.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const AUDIT = fileURLToPath(new URL('../../../test/audit', import.meta.url));
const VECTORS = path.join(AUDIT, 'vectors');
const programs = temporaryFolder();
const PROGRAM = path.join(programs.path, 'check');
// Where Go is missing, or its libraries cannot be had, this is skipped visibly.
const built = spawnSync('go', ['build', '-o', PROGRAM, '.'], { cwd: path.join(AUDIT, 'go') });

const accepted = async (...folders: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(PROGRAM, folders);
  return stdout.trim();
};

afterAll(() => programs.remove());

describe('the vectors of the repository', () => {
  it('are proofs as this program checks them', () => {
    const verifier = parseVerifierKey(readFileSync(path.join(VECTORS, 'key.txt'), 'utf8').trim())!;
    for (const index of [0, 12, 20])
      expect(
        checkProof(readFileSync(path.join(VECTORS, `${index}.tlog-proof`), 'utf8'), recordsOf(21)[index]!, verifier),
      ).toMatchObject({ ok: true, index, size: 21 });
  });
});

backendDescribe('public libraries of Go', { isThere: built.status === 0, missing: 'Go with its libraries' }, () => {
  it('accept the vectors of the repository', async () => {
    expect(await accepted(VECTORS)).toBe('accepted');
  });

  it.each([1, 2, 3, 8, 21, 64, 100])('accept notes and proofs over %s events', async (size) => {
    const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
    const folder = temporaryFolder();
    const all = Array.from({ length: size }, (_, index) => index);
    writeVectors(folder.path, {
      records: recordsOf(size),
      origin: 'auth.example.com/Qk3-_x',
      keys: { key, publicKey },
      indexes: all,
      sizes: all.map((index) => index + 1),
    });
    expect(await accepted(folder.path)).toBe('accepted');
    const file = path.join(folder.path, '0.tlog-proof');
    writeFileSync(file, readFileSync(file, 'utf8').replace('index 0', 'index 1'));
    await expect(accepted(folder.path)).rejects.toThrow();
    folder.remove();
  });
});
