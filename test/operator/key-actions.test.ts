import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { keyActions, type KeyActions } from '../../src/operator/key-actions.js';
import { createKeyFile, readKeyFile, writeKeyFile } from '../../src/security/key-file.js';
import { Keyring, KeyFileRefusedError } from '../../src/security/keyring.js';
import { replaceMaster } from '../../src/security/replace-master.js';
import { MemoryKeyStore } from '../support/memory-key-store.js';
import { newKeys } from '../support/new-keys.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let running: Keyring;
let keys: KeyActions;
beforeEach(async () => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'keys.json');
  running = Keyring.from(await createKeyFile(file, NOW));
  const reload = (): Promise<void> => running.reload(() => readKeyFile(file));
  const check: Keyring['check'] = (next) => running.check(next);
  const keyStore = new MemoryKeyStore();
  keys = keyActions({
    ...{
      file,
      check,
      reload,
      read: () => readKeyFile(file),
      alg: 'EdDSA',
      sessionMs: 1_000,
      accessTokenMs: 1_000,
      codeMs: 1_000,
      now: () => NOW,
    },
    rewrap: () => replaceMaster({ file, keyStore, now: NOW, alone: true, check, reload }),
  });
});
afterEach(() => folder.remove());

const CHANGES = [
  ['prepare', () => keys.prepare()],
  ['rotate', () => keys.rotate({ overlapMs: 0, immediately: true })],
  ['rewrap', () => keys.rewrap()],
] as const;

describe('a change of the key file beside a running server', () => {
  it.each(CHANGES)('leaves the file as it is when the server cannot take it: %s', async (_, change) => {
    await writeKeyFile(file, await newKeys(NOW));
    const before = readFileSync(file, 'utf8');
    const inUse = running.file;
    await expect(change()).rejects.toThrow(KeyFileRefusedError);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(running.file).toBe(inUse);
  });

  it.each(CHANGES)('is in the file and in the server otherwise: %s', async (_, change) => {
    const before = readFileSync(file, 'utf8');
    await change();
    expect(readFileSync(file, 'utf8')).not.toBe(before);
    expect(running.file).toEqual(await readKeyFile(file));
  });
});
