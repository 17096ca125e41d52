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

    const storedBytes = async (userId: string): Promise<Buffer> => {
      const stored = await store.get(userId);
      if (!(stored instanceof Uint8Array)) throw new Error(`no key: ${String(stored)}`);
      return Buffer.from(stored);
    };

    it('gives back the key that was stored, byte for byte', async () => {
      const userId = randomUUID();
      const key = randomBytes(60);
      expect(Buffer.from(await store.create(userId, key))).toEqual(key);
      expect(await storedBytes(userId)).toEqual(key);
    });

    it('has no key for a user who was given none', async () => {
      expect(await store.get(randomUUID())).toBeNull();
    });

    it('keeps the first key, of any number created at once', async () => {
      const userId = randomUUID();
      const stored = await Promise.all(Array.from({ length: 20 }, () => store.create(userId, randomBytes(60))));
      const distinct = new Set(stored.map((key) => Buffer.from(key).toString('hex')));
      expect(distinct.size).toBe(1);
      expect(distinct).toContain((await storedBytes(userId)).toString('hex'));
    });

    it('forgets a destroyed key, and remembers that it was destroyed', async () => {
      const userId = randomUUID();
      await store.create(userId, randomBytes(60));
      await store.destroy(userId, 1_000);
      expect(await store.get(userId)).toBe('destroyed');
      await expect(store.create(userId, randomBytes(60))).rejects.toThrow(KeyDestroyedError);
      await expect(store.destroy(userId, 1_000)).resolves.toBeUndefined();
    });

    it('remembers when a key was destroyed first, and nothing of one that is there', async () => {
      const userId = randomUUID();
      await store.create(userId, randomBytes(60));
      expect(await store.destroyedAt(userId)).toBeNull();
      await store.destroy(userId, 1_700_000_000_123);
      await store.destroy(userId, 1_800_000_000_000);
      expect(await store.destroyedAt(userId)).toBe(1_700_000_000_123);
      expect(await store.destroyedAt(randomUUID())).toBeNull();
    });

    it('lists whose keys were destroyed in pages, each once', async () => {
      const prefix = randomUUID();
      const ids = Array.from({ length: 5 }, (_, index) => `${prefix}-${index}`);
      await store.create(`${prefix}-there`, randomBytes(60));
      for (const userId of ids) await store.destroy(userId, 1_000);
      const first = await store.listDestroyed(`${prefix}-`, 2);
      expect(first).toEqual(ids.slice(0, 2));
      expect((await store.listDestroyed(first[1]!, 3)).slice(0, 3)).toEqual(ids.slice(2));
      expect(await store.listDestroyed(null, 1)).toHaveLength(1);
    });

    it('removes what destroyed keys leave behind', async () => {
      await store.destroy(randomUUID(), 1_000);
      expect(await store.removeTraces()).toBe(true);
    });

    it('gives nobody a key whose key was destroyed before there was one', async () => {
      const userId = randomUUID();
      await store.destroy(userId, 1_000);
      await expect(store.create(userId, randomBytes(60))).rejects.toThrow(KeyDestroyedError);
    });

    it('replaces a key by another wrapping only where it is the expected one', async () => {
      const userId = randomUUID();
      const [first, second, third] = [randomBytes(60), randomBytes(72), randomBytes(72)];
      expect(await store.replace(userId, first, second)).toBe(false);
      expect(await store.get(userId)).toBeNull();
      await store.create(userId, first);
      expect(await store.replace(userId, second, third)).toBe(false);
      expect(await store.replace(userId, first, second)).toBe(true);
      expect(await storedBytes(userId)).toEqual(second);
      expect(await store.replace(userId, first, third)).toBe(false);
      const racing = Array.from({ length: 10 }, () => store.replace(userId, second, randomBytes(72)));
      expect((await Promise.all(racing)).filter(Boolean)).toHaveLength(1);
      const last = await storedBytes(userId);
      await store.destroy(userId, 1_000);
      expect(await store.replace(userId, last, first)).toBe(false);
      expect(await store.get(userId)).toBe('destroyed');
    });

    it('lists the keys that are there in pages, each once', async () => {
      const prefix = randomUUID();
      const ids = Array.from({ length: 7 }, (_, index) => `${prefix}-${index}`);
      await Promise.all(ids.map((userId) => store.create(userId, Buffer.from(userId))));
      await store.destroy(ids[3]!, 1_000);
      const listed: string[] = [];
      for (let after: string | null = null; ;) {
        const page = await store.list(after, 3);
        expect(page.length).toBeLessThanOrEqual(3);
        for (const { userId, wrappedKey } of page.filter((one) => one.userId.startsWith(prefix))) {
          expect(Buffer.from(wrappedKey).toString()).toBe(userId);
          listed.push(userId);
        }
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.userId;
      }
      expect(listed).toEqual(ids.filter((userId) => userId !== ids[3]));
    });

    it.each(['$gt', '{"$ne":null}', '__proto__', 'constructor', "'; drop table user_keys; --", 'ünïcödé'])(
      'takes %s for a user id like any other',
      async (hostile) => {
        const userId = `${hostile}${randomUUID()}`;
        const key = randomBytes(60);
        await store.create(userId, key);
        expect(await storedBytes(userId)).toEqual(key);
        expect(await store.get(hostile)).toBeNull();
      },
    );

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
