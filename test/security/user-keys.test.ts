import { beforeEach, describe, expect, it } from '@jest/globals';
import { createSecretKey, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { SealError } from '../../src/security/aes-gcm.js';
import { rewrapAll } from '../../src/security/rewrap.js';
import { UserKeys } from '../../src/security/user-keys.js';
import type { Masters } from '../../src/security/wrapped-key.js';
import { gate, MemoryKeyStore } from '../support/memory-key-store.js';

const newMaster = (kid: string): Masters[number] => ({ kid, key: createSecretKey(randomBytes(32)) });
const [first, second] = [newMaster('master-1'), newMaster('master-2')];

let keyStore: MemoryKeyStore;
let userKeys: UserKeys;
const withMasters = (...masters: Masters): UserKeys => new UserKeys({ keyStore, masters: () => masters });
beforeEach(async () => {
  keyStore = new MemoryKeyStore();
  userKeys = withMasters(first);
  await userKeys.create('ursula');
  await userKeys.create('otto');
});

const wrappedOf = (userId: string): Buffer => Buffer.from(keyStore.wrapped.get(userId) as Uint8Array);

describe('a user’s key', () => {
  it('is wrapped, and names its master key; another master key, or another user’s place, does not open it', async () => {
    const key = (await userKeys.get('ursula'))!.export();
    expect(wrappedOf('ursula').toString('latin1')).toMatch(/^master-1\./);
    expect(wrappedOf('ursula').includes(key)).toBe(false);
    await expect(withMasters(newMaster('master-1')).get('ursula')).rejects.toThrow(SealError);
    await expect(withMasters(second).get('ursula')).rejects.toThrow(StoreUnavailableError);
    expect((await withMasters(second, first).get('ursula'))!.export()).toEqual(key);
    keyStore.wrapped.set('ursula', wrappedOf('otto'));
    await expect(withMasters(first).get('ursula')).rejects.toThrow(SealError);
    keyStore.wrapped.set('ursula', Buffer.from('no dot'));
    await expect(withMasters(first).get('ursula')).rejects.toThrow(StoreUnavailableError);
  });

  it('is read once while it is remembered, also by many at once', async () => {
    const fresh = withMasters(first);
    const { opened, open } = gate();
    keyStore.heldBack = opened;
    const reading = Array.from({ length: 5 }, () => fresh.get('ursula'));
    open();
    expect(new Set(await Promise.all(reading)).size).toBe(1);
    await fresh.get('ursula');
    expect(keyStore.reads).toBe(1);
  });

  it('that another instance has destroyed is noticed as soon as it is read again', async () => {
    const forgetful = new UserKeys({ keyStore, masters: () => [first], rememberedMs: 20 });
    expect(await forgetful.get('ursula')).not.toBeNull();
    await withMasters(first).destroy('ursula', 1_000);
    expect(await userKeys.get('ursula')).not.toBeNull();
    await userKeys.renew('ursula');
    expect(await userKeys.get('ursula')).toBeNull();
    await sleep(40);
    expect(await forgetful.get('ursula')).toBeNull();
    keyStore.unavailable = true;
    await expect(userKeys.renew('otto')).rejects.toThrow(StoreUnavailableError);
  });

  it('S10: does not return by a read that began before it was destroyed', async () => {
    const fresh = withMasters(first);
    const { opened, open } = gate();
    keyStore.heldBack = opened;
    const reading = fresh.get('ursula');
    await fresh.destroy('ursula', 1_000);
    open();
    expect(await reading).not.toBeNull();
    expect(await fresh.get('ursula')).toBeNull();
    expect(await fresh.state('ursula')).toBe('destroyed');
  });

  it('does not return by a read that is answered after a newer one', async () => {
    const fresh = withMasters(first);
    const { opened, open } = gate();
    keyStore.heldBack = opened;
    const reading = fresh.get('ursula');
    keyStore.heldBack = Promise.resolve();
    await keyStore.destroy('ursula', 1_000);
    await fresh.renew('ursula');
    open();
    expect(await reading).not.toBeNull();
    expect(await fresh.get('ursula')).toBeNull();
  });

  it('does not return by a read between the news of an erasure and the destruction', async () => {
    userKeys.evict('ursula');
    expect(await userKeys.get('ursula')).not.toBeNull();
    await withMasters(first).destroy('ursula', 1_000);
    expect(await userKeys.get('ursula')).toBeNull();
    expect(await userKeys.get('otto')).not.toBeNull();
  });

  it('is available, missing, destroyed or unreachable', async () => {
    expect(await userKeys.find('ursula')).toEqual({ state: 'available', key: await userKeys.get('ursula') });
    expect(await userKeys.state('nobody')).toBe('missing');
    await userKeys.destroy('ursula', 1_000);
    expect(await userKeys.state('ursula')).toBe('destroyed');
    expect(await withMasters(second).state('otto')).toBe('unreachable');
    keyStore.unavailable = true;
    expect(await withMasters(first).state('otto')).toBe('unreachable');
    expect(await userKeys.state('otto')).toBe('available');
  });
});

describe('another master key', () => {
  it('wraps every key that was not destroyed, and the former one is not needed any more', async () => {
    const users = Array.from({ length: 205 }, (_, index) => `user-${index}`);
    await Promise.all(users.map((userId) => userKeys.create(userId)));
    const keys = await Promise.all(users.map((userId) => userKeys.get(userId)));
    await userKeys.destroy('otto', 1_000);
    const both = withMasters(second, first);
    const seen: number[] = [];
    expect(await rewrapAll({ keyStore, userKeys: both }, (count) => seen.push(count))).toBe(206);
    expect(seen.at(-1)).toBe(206);
    expect(await rewrapAll({ keyStore, userKeys: both })).toBe(0);
    const after = withMasters(second);
    for (const [index, userId] of users.entries()) expect((await after.get(userId))!.equals(keys[index]!)).toBe(true);
    expect(keyStore.wrapped.get('otto')).toBe('destroyed');
  });

  it('meets a destruction, or another process that does the same', async () => {
    const both = withMasters(second, first);
    const { opened, open } = gate();
    keyStore.heldBack = opened;
    const [ursula, otto] = [both.rewrap('ursula'), both.rewrap('otto')];
    await keyStore.destroy('ursula', 1_000);
    keyStore.wrapped.set('otto', await wrappedAgain('otto'));
    open();
    expect(await Promise.all([ursula, otto])).toEqual([false, false]);
    expect(keyStore.wrapped.get('ursula')).toBe('destroyed');
    expect(wrappedOf('otto').toString('latin1')).toMatch(/^master-2\./);
  });
});

/** The user's key as another process has wrapped it by the second master key. */
async function wrappedAgain(userId: string): Promise<Uint8Array> {
  const store = new MemoryKeyStore();
  store.wrapped.set(userId, wrappedOf(userId));
  await new UserKeys({ keyStore: store, masters: () => [second, first] }).rewrap(userId);
  return store.wrapped.get(userId) as Uint8Array;
}
