import { beforeEach, describe, expect, it } from '@jest/globals';
import { keepUserKeys } from '../../src/security/drop-masters.js';
import type { KeyFile } from '../../src/security/key-file-shape.js';
import { KeyFileRefusedError, Keyring } from '../../src/security/keyring.js';
import { dropOldMasters, rewrapMaster } from '../../src/security/master-keys.js';
import { UserKeys } from '../../src/security/user-keys.js';
import { gate, MemoryKeyStore } from '../support/memory-key-store.js';
import { newKeys } from '../support/new-keys.js';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');

interface Instance {
  readonly ring: Keyring;
  readonly userKeys: UserKeys;
  reload(file: KeyFile): Promise<void>;
}

let keyStore: MemoryKeyStore;
let first: KeyFile;
let both: KeyFile;
let second: KeyFile;
beforeEach(async () => {
  keyStore = new MemoryKeyStore();
  first = await newKeys(NOW);
  both = rewrapMaster(first, NOW);
  second = dropOldMasters(both, NOW);
});

/** A process that remembers no user's key. */
function instance(file: KeyFile): Instance {
  const ring = Keyring.from(file);
  const userKeys = new UserKeys({ keyStore, masters: () => ring.masters, rememberedMs: 1 });
  const keep = keepUserKeys({ keyStore, userKeys });
  return { ring, userKeys, reload: (next) => ring.reload(() => Promise.resolve(next), keep) };
}

const masterOf = (userId: string): string =>
  Buffer.from(keyStore.wrapped.get(userId) as Uint8Array)
    .toString('latin1')
    .split('.')[0]!;
const idOf = (file: KeyFile): string => file.master[0]!.id;

describe('a key file without a master key that a process still has', () => {
  it('is taken once the users’ keys that only this process could open are wrapped by the new one', async () => {
    const [missed, other] = [instance(first), instance(second)];
    const key = await missed.userKeys.create('ada');
    await other.userKeys.create('bea');
    expect(await other.userKeys.state('ada')).toBe('unreachable');
    await missed.reload(second);
    expect(missed.ring.masters.map(({ kid }) => kid)).toEqual([idOf(second)]);
    expect((await instance(second).userKeys.get('ada'))!.equals(key)).toBe(true);
    expect(await other.userKeys.state('ada')).toBe('available');
  });

  it('is taken also over two that were missed, and touches no key of a master key that stays or that nobody has', async () => {
    const third = rewrapMaster(second, NOW);
    const missed = instance(both);
    await missed.userKeys.create('ada');
    await instance(first).userKeys.create('bea');
    await instance(await newKeys(NOW)).userKeys.create('lost');
    const lost = masterOf('lost');
    await missed.reload(third);
    expect(['ada', 'bea', 'lost'].map(masterOf)).toEqual([idOf(second), idOf(third), lost]);
  });

  it('asks nothing of the key store where no master key was dropped', async () => {
    const one = instance(first);
    keyStore.unavailable = true;
    await one.reload(both);
    expect(one.ring.masters).toHaveLength(2);
  });

  it('is refused in a sentence while the key store does not answer, and the former keys stay; taken later', async () => {
    const missed = instance(first);
    await missed.userKeys.create('ada');
    keyStore.unavailable = true;
    const reloading = missed.reload(second);
    await expect(reloading).rejects.toThrow(KeyFileRefusedError);
    await expect(reloading).rejects.toThrow(/not taken: .*key store unavailable.* Reload it again .* do not restart/);
    expect(missed.ring.file).toBe(first);
    keyStore.unavailable = false;
    expect(await missed.userKeys.state('ada')).toBe('available');
    // Also a restart that the operator was warned of loses none of the users who came meanwhile.
    await missed.userKeys.create('bea');
    expect(masterOf('bea')).toBe(idOf(second));
    await missed.reload(second);
    expect([missed.ring.file, masterOf('ada')]).toEqual([second, idOf(second)]);
  });

  it('is refused because of a damaged key, which a backup may hold', async () => {
    const missed = instance(first);
    await missed.userKeys.create('ada');
    const whole = keyStore.wrapped.get('ada') as Uint8Array;
    keyStore.wrapped.set(
      'ada',
      whole.map((byte, index) => (index === whole.length - 1 ? byte ^ 1 : byte)),
    );
    await expect(missed.reload(second)).rejects.toThrow(/the key of user ada does not open/);
    keyStore.wrapped.set('ada', whole);
    await missed.reload(second);
    expect(masterOf('ada')).toBe(idOf(second));
  });

  it('waits for a user’s key that is on its way to the store, and wraps those that come meanwhile by the new master key', async () => {
    const missed = instance(first);
    await missed.userKeys.create('zoe');
    const [arriving, reading] = [gate(), gate()];
    const create = keyStore.create.bind(keyStore);
    keyStore.create = async (...key) => {
      await arriving.opened;
      return create(...key);
    };
    keyStore.heldBack = reading.opened;
    const ada = missed.userKeys.create('ada');
    const reloading = missed.reload(second);
    await new Promise(setImmediate);
    arriving.open();
    await ada;
    keyStore.create = create;
    // The page with `zoe` was read and is being wrapped: this one stands before it.
    await new Promise(setImmediate);
    await missed.userKeys.create('bea');
    reading.open();
    await reloading;
    expect(['ada', 'bea', 'zoe'].map(masterOf)).toEqual([idOf(second), idOf(second), idOf(second)]);
  });

  it('is repaired by the file that still had both, where the process was restarted instead', async () => {
    await instance(first).userKeys.create('ada');
    const restarted = instance(second);
    expect(await restarted.userKeys.state('ada')).toBe('unreachable');
    await restarted.reload(both);
    expect(await restarted.userKeys.state('ada')).toBe('available');
    await restarted.reload(dropOldMasters(both, NOW));
    expect(masterOf('ada')).toBe(idOf(second));
  });
});
