import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import type { KeyFile } from '../../src/security/key-file-shape.js';
import { createKeyFile, readKeyFile } from '../../src/security/key-file.js';
import { Keyring } from '../../src/security/keyring.js';
import { replaceMaster } from '../../src/security/replace-master.js';
import { UserKeys } from '../../src/security/user-keys.js';
import { MemoryKeyStore } from '../support/memory-key-store.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const USERS = ['ada', 'bea', 'cem'];

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
let first: KeyFile;
let keyStore: MemoryKeyStore;
beforeEach(async () => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'keys.json');
  first = await createKeyFile(file, NOW);
  keyStore = new MemoryKeyStore();
  for (const userId of USERS) await userKeysOf(first).create(userId);
});
afterEach(() => folder.remove());

const userKeysOf = (keys: KeyFile): UserKeys => new UserKeys({ keyStore, masters: () => Keyring.from(keys).masters });
const opensAll = async (keys: KeyFile): Promise<boolean> => {
  const states = await Promise.all(USERS.map((userId) => userKeysOf(keys).state(userId)));
  return states.every((state) => state === 'available');
};

describe('the master key is replaced', () => {
  it('at once by a process that is alone, and a running keyring takes it', async () => {
    const ring = Keyring.from(first);
    const reload = (): Promise<void> => ring.reload(() => readKeyFile(file));
    const replaced = await replaceMaster({ file, keyStore, now: NOW, alone: true, reload });
    expect(replaced).toEqual({ outcome: 'replaced', rewrapped: 3 });
    const keys = await readKeyFile(file);
    expect(keys.master).toHaveLength(1);
    expect(keys.master[0]!.id).not.toBe(first.master[0]!.id);
    expect(JSON.stringify(keys)).not.toContain(first.master[0]!.secret);
    expect([await opensAll(keys), await opensAll(first), await opensAll(ring.file)]).toEqual([true, false, true]);
  });

  it('in two calls beside other processes, which can open all keys at any time', async () => {
    const step = (): ReturnType<typeof replaceMaster> => replaceMaster({ file, keyStore, now: NOW, alone: false });
    // Two operators ask at the same time: nobody has distributed the file yet, so neither call does the second step.
    const added = { outcome: 'added', rewrapped: 0 };
    expect(await Promise.all([step(), step()])).toEqual([added, added]);
    const both = await readKeyFile(file);
    expect(both.master).toHaveLength(2);
    expect([await opensAll(first), await opensAll(both)]).toEqual([true, true]);
    expect(await step()).toEqual({ outcome: 'replaced', rewrapped: 3 });
    expect([await opensAll(both), await opensAll(await readKeyFile(file))]).toEqual([true, true]);
  });

  it('by two who ask at once, and no key is dropped that is still needed', async () => {
    const asked = (): ReturnType<typeof replaceMaster> => replaceMaster({ file, keyStore, now: NOW, alone: true });
    const [one, other] = await Promise.all([asked(), asked()]);
    expect([one.outcome, other.outcome]).toEqual(['replaced', 'replaced']);
    const keys = await readKeyFile(file);
    expect([keys.master.length, await opensAll(keys)]).toEqual([1, true]);
  });

  it('and not the key of a replacement that somebody else has begun meanwhile', async () => {
    const list = keyStore.list.bind(keyStore);
    let isBegun = false;
    keyStore.list = async (...page) => {
      // The first replacement has read the file and drops the former keys next.
      if (!isBegun) {
        isBegun = true;
        await replaceMaster({ file, keyStore, now: NOW, alone: true });
        await replaceMaster({ file, keyStore, now: NOW, alone: false });
      }
      return list(...page);
    };
    expect(await replaceMaster({ file, keyStore, now: NOW, alone: true })).toMatchObject({ outcome: 'replaced' });
    const keys = await readKeyFile(file);
    expect([keys.master.length, await opensAll(keys)]).toEqual([2, true]);
  });

  it('drops nothing when the keys cannot be reached, and goes on later with the key that was added', async () => {
    keyStore.unavailable = true;
    const attempt = replaceMaster({ file, keyStore, now: NOW, alone: true });
    await expect(attempt).rejects.toThrow(StoreUnavailableError);
    const added = await readKeyFile(file);
    expect(added.master).toHaveLength(2);
    keyStore.unavailable = false;
    expect(await replaceMaster({ file, keyStore, now: NOW, alone: true })).toMatchObject({ outcome: 'replaced' });
    expect((await readKeyFile(file)).master[0]!.id).toBe(added.master[0]!.id);
  });
});
