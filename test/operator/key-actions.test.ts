import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { changeIntegrityKey } from '../../src/operator/integrity-change.js';
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
  let inForce = running.integrity.current.kid;
  const log = {
    readKeyInForce: () => Promise.resolve(inForce),
    lastUseOfOthers: () => null,
    changeIntegrityKey: (kid: string) => {
      inForce = kid;
      return Promise.resolve();
    },
  };
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
    integrity: (actor) =>
      changeIntegrityKey(
        { file, log, signing: () => running.integrity.current.kid, now: () => NOW, alone: true, check, reload },
        actor,
      ),
    rewrap: () => replaceMaster({ file, keyStore, now: NOW, alone: true, check, reload }),
  });
});
afterEach(() => folder.remove());

const CHANGES = [
  ['prepare', () => keys.prepare()],
  ['rotate', () => keys.rotate({ overlapMs: 0, immediately: true })],
  ['rewrap', () => keys.rewrap()],
  ['integrity', () => keys.integrity('operator:olga')],
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

  it('is not lost to another one at the same time', async () => {
    const before = await readKeyFile(file);
    await Promise.all([keys.prepare(), keys.rewrap(), keys.integrity('operator:olga')]);
    const after = await readKeyFile(file);
    expect([after.refresh.length, after.access.length, after.mail.length, after.integrity.length]).toEqual([2, 2, 2, 2]);
    expect(after.master.map(({ id }) => id)).not.toEqual(before.master.map(({ id }) => id));
    expect(running.file).toEqual(after);
  });
});
