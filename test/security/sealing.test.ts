import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSecretKey, randomBytes } from 'node:crypto';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { KeyDestroyedError } from '../../src/key-store/key-store.js';
import { SealError } from '../../src/security/aes-gcm.js';
import { ClientSealing } from '../../src/security/client-sealing.js';
import { KeyMissingError, Sealing } from '../../src/security/sealing.js';
import { UserKeys } from '../../src/security/user-keys.js';
import type { Masters } from '../../src/security/wrapped-key.js';
import { MemoryKeyStore } from '../support/memory-key-store.js';
import { respelt } from '../support/respelt.js';

const CLIENT = { ip: '203.0.113.7', userAgent: 'Agent/1' };
const masters: Masters = [{ kid: 'master-1', key: createSecretKey(randomBytes(32)) }];

let keyStore: MemoryKeyStore;
let userKeys: UserKeys;
let sealing: Sealing;
const newUserKeys = (): UserKeys => new UserKeys({ keyStore, masters: () => masters });
beforeEach(async () => {
  keyStore = new MemoryKeyStore();
  userKeys = newUserKeys();
  sealing = new Sealing(userKeys);
  await userKeys.create('ursula');
  await userKeys.create('otto');
});

describe('what is sealed', () => {
  it('opens as what it was, and is never twice the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (value) => {
        const [one, other] = [await sealing.seal('ursula', 'name', value), await sealing.seal('ursula', 'name', value)];
        expect(one).not.toBe(other);
        expect(await sealing.open('ursula', 'name', one)).toBe(value);
      }),
    );
  });

  it('does not open for another user, as another field, or changed', async () => {
    const sealed = await sealing.seal('ursula', 'email', 'me@example.com');
    expect(sealed).not.toContain('me@example.com');
    await expect(sealing.open('otto', 'email', sealed)).rejects.toThrow(SealError);
    await expect(sealing.open('ursula', 'name', sealed)).rejects.toThrow(SealError);
    const respeltName = respelt(await sealing.seal('ursula', 'name', 'x'));
    await expect(sealing.open('ursula', 'name', respeltName)).rejects.toThrow(SealError);
    for (let at = 3; at < sealed.length; at += 1) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      await expect(sealing.open('ursula', 'email', changed)).rejects.toThrow(SealError);
    }
    await expect(sealing.open('ursula', 'email', 'me@example.com')).rejects.toThrow(SealError);
    await expect(sealing.open('ursula', 'email', 's1.')).rejects.toThrow(SealError);
    await expect(sealing.open('otto', 'email', sealed)).rejects.toThrow(/^the email of user otto does not open/);
  });

  it('is lost with the user’s key, for good', async () => {
    const sealed = await sealing.seal('ursula', 'email', 'me@example.com');
    await userKeys.destroy('ursula', 1_000);
    expect(await sealing.open('ursula', 'email', sealed)).toBeNull();
    await expect(sealing.seal('ursula', 'email', 'x')).rejects.toThrow(KeyMissingError);
    await expect(userKeys.create('ursula')).rejects.toThrow(KeyDestroyedError);
  });
});

describe('where a request comes from', () => {
  it('is sealed as one value with a nonce of its own, and opened as two', async () => {
    const clients = new ClientSealing(sealing, userKeys);
    const sealed = await clients.seal('ursula', CLIENT);
    expect(await clients.seal('ursula', CLIENT)).not.toBe(sealed);
    expect(await clients.open('ursula', sealed)).toEqual(CLIENT);
    expect(await clients.open('ursula', null)).toEqual({ ip: null, userAgent: null });
    await userKeys.destroy('ursula', 1_000);
    expect(await clients.open('ursula', sealed)).toEqual({ ip: null, userAgent: null });
  });

  it('is left out, never in the clear, if the keys cannot be reached', async () => {
    keyStore.unavailable = true;
    const fresh = newUserKeys();
    const clients = new ClientSealing(new Sealing(fresh), fresh);
    const without = { outcome: 'sealed', sealed: null, key: null };
    expect(await clients.sealIfPossible('ursula', CLIENT)).toEqual(without);
    await expect(clients.seal('ursula', CLIENT)).rejects.toThrow(StoreUnavailableError);
    keyStore.unavailable = false;
    expect(await clients.sealIfPossible('nobody', CLIENT)).toEqual({ outcome: 'key_missing' });
    const sealed = expect.stringMatching(/^s1\./) as unknown;
    expect(await clients.sealIfPossible('ursula', CLIENT)).toMatchObject({ outcome: 'sealed', sealed });
    await fresh.destroy('ursula', 1_000);
    expect(await clients.sealIfPossible('ursula', CLIENT)).toEqual({ outcome: 'destroyed' });
  });

  it('is sealed for a refresh under the key that was found, although it is destroyed meanwhile', async () => {
    const key = await userKeys.create('ursula');
    const gone = { get: () => Promise.resolve(null) };
    const found = { find: () => Promise.resolve({ state: 'available' as const, key }) };
    const result = await new ClientSealing(new Sealing(gone), found).sealIfPossible('ursula', CLIENT);
    if (result.outcome !== 'sealed') throw new Error(result.outcome);
    expect(await new ClientSealing(sealing, userKeys).open('ursula', result.sealed)).toEqual(CLIENT);
  });
});
