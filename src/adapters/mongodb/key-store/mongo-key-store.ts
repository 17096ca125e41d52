import { Binary, type Collection } from 'mongodb';
import type { Instant } from '../../../domain/instant.js';
import { isDuplicateKey } from '../errors.js';
import type { MongoConnection, MongoStore } from '../mongo-connection.js';
import { KeyDestroyedError, type KeyStore, type StoredUserKey } from '../../../key-store/key-store.js';

/** The collection of the users' keys: nothing else is in it, so that it can be backed up apart from the log. */
const USER_KEYS = 'user_keys';

interface KeyDocument {
  /** The user id. */
  readonly _id: string;
  /** Null once destroyed: the document stays, so that it is remembered. */
  readonly wrappedKey: Binary | null;
  /** When it was destroyed, milliseconds since 1970. */
  readonly destroyedAt?: number;
}

/** The users' keys in a MongoDB collection of their own. Closing the store leaves the connection to its owner. */
export function openMongoKeyStore(connection: MongoConnection): KeyStore {
  return new MongoKeyStore(connection.store('key store'));
}

class MongoKeyStore implements KeyStore {
  readonly #store: MongoStore;
  readonly #keys: Collection<KeyDocument>;

  constructor(store: MongoStore) {
    this.#store = store;
    this.#keys = store.db.collection(USER_KEYS);
  }

  async create(userId: string, wrappedKey: Uint8Array): Promise<Uint8Array> {
    if (await this.#inserted({ _id: userId, wrappedKey: new Binary(wrappedKey) })) return wrappedKey;
    // A write also where there is a key: it is acknowledged only when what it found is safe with a majority, so nothing is ever
    // sealed under a key that could be lost.
    const stored = await this.#upsert(() =>
      this.#keys.findOneAndUpdate(
        { _id: { $eq: userId } },
        { $setOnInsert: { wrappedKey: new Binary(wrappedKey) } },
        { upsert: true, returnDocument: 'after' },
      ),
    );
    const key = bytesOf(stored);
    if (key === null) throw new KeyDestroyedError('the user’s key was destroyed');
    return key;
  }

  async get(userId: string): Promise<Uint8Array | 'destroyed' | null> {
    const stored = await this.#store.run(() => this.#keys.findOne({ _id: { $eq: userId } }));
    return stored === null ? null : (bytesOf(stored) ?? 'destroyed');
  }

  async replace(userId: string, expected: Uint8Array, wrappedKey: Uint8Array): Promise<boolean> {
    const { matchedCount } = await this.#store.run(() =>
      this.#keys.updateOne(
        { _id: { $eq: userId }, wrappedKey: { $eq: new Binary(expected) } },
        { $set: { wrappedKey: new Binary(wrappedKey) } },
      ),
    );
    return matchedCount === 1;
  }

  async list(after: string | null, maxCount: number): Promise<readonly StoredUserKey[]> {
    const later = after === null ? {} : { _id: { $gt: after } };
    const found = await this.#store.run(() =>
      this.#keys
        .find({ ...later, wrappedKey: { $ne: null } })
        .sort({ _id: 1 })
        .limit(maxCount)
        .toArray(),
    );
    return found.flatMap((stored) => {
      const wrappedKey = bytesOf(stored);
      return wrappedKey === null ? [] : [{ userId: stored._id, wrappedKey }];
    });
  }

  async destroy(userId: string, at: Instant): Promise<void> {
    // Two writes hold the first instant without reading first; the key itself goes with the first of them.
    await this.#upsert(() =>
      this.#keys.updateOne({ _id: { $eq: userId } }, { $set: { wrappedKey: null } }, { upsert: true }),
    );
    await this.#store.run(() =>
      this.#keys.updateOne({ _id: { $eq: userId }, destroyedAt: { $exists: false } }, { $set: { destroyedAt: at } }),
    );
  }

  async destroyedAt(userId: string): Promise<Instant | null> {
    const stored = await this.#store.run(() => this.#keys.findOne({ _id: { $eq: userId }, wrappedKey: { $eq: null } }));
    return stored?.destroyedAt ?? null;
  }

  async listDestroyed(after: string | null, maxCount: number): Promise<readonly string[]> {
    const later = after === null ? {} : { _id: { $gt: after } };
    const found = await this.#store.run(() =>
      this.#keys
        .find({ ...later, wrappedKey: { $eq: null } })
        .sort({ _id: 1 })
        .limit(maxCount)
        .toArray(),
    );
    return found.map(({ _id }) => _id);
  }

  removeTraces(): Promise<boolean> {
    return Promise.resolve(true);
  }

  ping(): Promise<void> {
    return this.#store.ping();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Whether it was stored; false if there is one of its id. */
  #inserted(document: KeyDocument): Promise<boolean> {
    return this.#store.run(async () => {
      try {
        return (await this.#keys.insertOne(document)).acknowledged;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    });
  }

  /** Of upserts that race, all but one may be refused: once more, and they find what that one has put there. */
  #upsert<T>(upsert: () => Promise<T>): Promise<T> {
    return this.#store.run(async () => {
      try {
        return await upsert();
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return await upsert();
      }
    });
  }
}

function bytesOf(stored: KeyDocument | null): Uint8Array | null {
  const key = stored?.wrappedKey ?? null;
  return key === null ? null : Uint8Array.from(key.value());
}
