import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes, createSecretKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { KeyDestroyedError, type KeyStore } from '../../src/key-store/key-store.js';
import { SealError } from '../../src/security/aes-gcm.js';
import { ClientSealing } from '../../src/security/client-sealing.js';
import { KeyMissingError, Sealing } from '../../src/security/sealing.js';
import { UserKeys } from '../../src/security/user-keys.js';

const master = createSecretKey(randomBytes(32));
const CLIENT = { ip: '203.0.113.7', userAgent: 'Agent/1' };

/** Keeps what the port says, and can be taken away. */
class Keys implements KeyStore {
  readonly wrapped = new Map<string, Uint8Array | null>();
  away = false;
  reads = 0;

  create(userId: string, key: Uint8Array): Promise<Uint8Array> {
    const stored = this.wrapped.get(userId);
    if (stored === null) return Promise.reject(new KeyDestroyedError());
    this.wrapped.set(userId, stored ?? key);
    return Promise.resolve(stored ?? key);
  }
  get(userId: string): Promise<Uint8Array | null> {
    this.reads += 1;
    if (this.away) return Promise.reject(new StoreUnavailableError('key store', 'away'));
    return Promise.resolve(this.wrapped.get(userId) ?? null);
  }
  destroy(userId: string): Promise<void> {
    this.wrapped.set(userId, null);
    return Promise.resolve();
  }
  ping = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
}

let keys: Keys;
let userKeys: UserKeys;
let sealing: Sealing;
beforeEach(async () => {
  keys = new Keys();
  userKeys = new UserKeys({ keyStore: keys, master });
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
    for (let at = 3; at < sealed.length - 1; at += 1) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      await expect(sealing.open('ursula', 'email', changed)).rejects.toThrow(SealError);
    }
    await expect(sealing.open('ursula', 'email', 'me@example.com')).rejects.toThrow(SealError);
    await expect(sealing.open('ursula', 'email', 's1.')).rejects.toThrow(SealError);
  });

  it('is lost with the user’s key, for good', async () => {
    const sealed = await sealing.seal('ursula', 'email', 'me@example.com');
    await userKeys.destroy('ursula');
    expect(await sealing.open('ursula', 'email', sealed)).toBeNull();
    await expect(sealing.seal('ursula', 'email', 'x')).rejects.toThrow(KeyMissingError);
    await expect(userKeys.create('ursula')).rejects.toThrow(KeyDestroyedError);
  });

  it('keys are wrapped: another master key, or another user’s place, does not open them', async () => {
    const other = new UserKeys({ keyStore: keys, master: createSecretKey(randomBytes(32)) });
    await expect(other.get('ursula')).rejects.toThrow(SealError);
    keys.wrapped.set('ursula', keys.wrapped.get('otto')!);
    await expect(new UserKeys({ keyStore: keys, master }).get('ursula')).rejects.toThrow(SealError);
  });

  it('the key store is asked once for a key that is used again', async () => {
    const fresh = new Sealing(new UserKeys({ keyStore: keys, master }));
    for (let time = 0; time < 5; time += 1) await fresh.seal('ursula', 'name', 'x');
    expect(keys.reads).toBe(1);
  });

  it('a key that another instance has destroyed is noticed as soon as it is asked for again', async () => {
    const sealed = await sealing.seal('ursula', 'email', 'me@example.com');
    const forgetful = new Sealing(new UserKeys({ keyStore: keys, master, rememberedMs: 20 }));
    expect(await forgetful.open('ursula', 'email', sealed)).toBe('me@example.com');
    await new UserKeys({ keyStore: keys, master }).destroy('ursula');
    await userKeys.renew('ursula');
    expect(await sealing.open('ursula', 'email', sealed)).toBeNull();
    await sleep(40);
    expect(await forgetful.open('ursula', 'email', sealed)).toBeNull();
    keys.away = true;
    await expect(userKeys.renew('otto')).rejects.toThrow(StoreUnavailableError);
  });
});

describe('where a request comes from', () => {
  it('is sealed as one value and opened as two', async () => {
    const clients = new ClientSealing(sealing);
    const sealed = await clients.seal('ursula', CLIENT);
    expect(await clients.open('ursula', sealed)).toEqual(CLIENT);
    expect(await clients.open('ursula', null)).toEqual({ ip: null, userAgent: null });
  });

  it('is left out, never in the clear, if the keys cannot be reached', async () => {
    keys.away = true;
    const clients = new ClientSealing(new Sealing(new UserKeys({ keyStore: keys, master })));
    expect(await clients.sealIfPossible('ursula', CLIENT)).toBeNull();
    await expect(clients.seal('ursula', CLIENT)).rejects.toThrow(StoreUnavailableError);
    keys.away = false;
    expect(await clients.sealIfPossible('nobody', CLIENT)).toBeNull();
    expect(await clients.sealIfPossible('ursula', CLIENT)).toMatch(/^s1\./);
  });
});
