import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { KeyDestroyedError, type KeyStore } from '../../src/key-store/key-store.js';

/** A store opened for the suite, and how to close it with all that belongs to it. */
export interface OpenedKeyStore {
  readonly store: KeyStore;
  close(): Promise<void>;
}

/** Every adapter keeps the port's promises: the same suite for each. `open` is called once. */
export function keyStoreContract(name: string, open: () => Promise<OpenedKeyStore>): void {
  describe(`key store contract: ${name}`, () => {
    let opened: OpenedKeyStore;
    let store: KeyStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(() => opened.close());

    it('gives back the key that was stored, byte for byte', async () => {
      const userId = randomUUID();
      const key = randomBytes(60);
      expect(Buffer.from(await store.create(userId, key))).toEqual(key);
      expect(Buffer.from((await store.get(userId))!)).toEqual(key);
    });

    it('has no key for a user who was given none', async () => {
      expect(await store.get(randomUUID())).toBeNull();
    });

    it('keeps the first key, of any number created at once', async () => {
      const userId = randomUUID();
      const stored = await Promise.all(Array.from({ length: 20 }, () => store.create(userId, randomBytes(60))));
      const distinct = new Set(stored.map((key) => Buffer.from(key).toString('hex')));
      expect(distinct.size).toBe(1);
      expect(distinct).toContain(Buffer.from((await store.get(userId))!).toString('hex'));
    });

    it('forgets a destroyed key, and remembers that it was destroyed', async () => {
      const userId = randomUUID();
      await store.create(userId, randomBytes(60));
      await store.destroy(userId);
      expect(await store.get(userId)).toBeNull();
      await expect(store.create(userId, randomBytes(60))).rejects.toThrow(KeyDestroyedError);
      await expect(store.destroy(userId)).resolves.toBeUndefined();
    });

    it('gives nobody a key whose key was destroyed before there was one', async () => {
      const userId = randomUUID();
      await store.destroy(userId);
      await expect(store.create(userId, randomBytes(60))).rejects.toThrow(KeyDestroyedError);
    });

    it.each(['$gt', '{"$ne":null}', '__proto__', 'constructor', "'; drop table user_keys; --", 'ünïcödé'])(
      'takes %s for a user id like any other',
      async (hostile) => {
        const userId = `${hostile}${randomUUID()}`;
        const key = randomBytes(60);
        await store.create(userId, key);
        expect(Buffer.from((await store.get(userId))!)).toEqual(key);
        expect(await store.get(hostile)).toBeNull();
      },
    );

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
