import type { Collection } from 'mongodb';
import type { HighWater, HighWaterMark } from '../../../key-store/high-water-mark.js';
import { isDuplicateKey } from '../errors.js';
import type { MongoConnection, MongoStore } from '../mongo-connection.js';

const HIGH_WATER = 'high_water';
const THE_ONE = 'log';
const KEYS_LOST = 'keys_lost';

interface StoredMark extends HighWater {
  readonly _id: string;
}

interface StoredLoss {
  readonly _id: string;
  readonly upTo: string;
}

/** The high-water mark in a MongoDB collection of its own, beside the users' keys. */
export function openMongoHighWaterMark(connection: MongoConnection): HighWaterMark {
  return new MongoHighWaterMark(connection.store('key store'));
}

class MongoHighWaterMark implements HighWaterMark {
  readonly #store: MongoStore;
  readonly #marks: Collection<StoredMark>;
  // In the same collection: they go together.
  readonly #losses: Collection<StoredLoss>;

  constructor(store: MongoStore) {
    this.#store = store;
    this.#marks = store.db.collection(HIGH_WATER);
    this.#losses = store.db.collection(HIGH_WATER);
  }

  async read(): Promise<HighWater | null> {
    const stored = await this.#store.run(() => this.#marks.findOne({ _id: THE_ONE }));
    return stored && { position: stored.position, eventId: stored.eventId, historyId: stored.historyId };
  }

  async write({ position, eventId, historyId }: HighWater): Promise<void> {
    const isBehind = { $or: [{ historyId: { $ne: historyId } }, { position: { $lt: position } }] };
    await this.#store.run(async () => {
      const upsert = { upsert: true };
      try {
        await this.#marks.updateOne({ _id: THE_ONE, ...isBehind }, { $set: { position, eventId, historyId } }, upsert);
      } catch (error) {
        // An upsert guard: there is a mark, and it is at least as far.
        if (!isDuplicateKey(error)) throw error;
      }
    });
  }

  async keysLostUpTo(): Promise<string | null> {
    const stored = await this.#store.run(() => this.#losses.findOne({ _id: KEYS_LOST }));
    return stored?.upTo ?? null;
  }

  async noteKeysLostUpTo(position: string | null): Promise<void> {
    await this.#store.run(async () => {
      if (position === null) await this.#losses.deleteOne({ _id: KEYS_LOST });
      else await this.#losses.updateOne({ _id: KEYS_LOST }, { $set: { upTo: position } }, { upsert: true });
    });
  }
}
