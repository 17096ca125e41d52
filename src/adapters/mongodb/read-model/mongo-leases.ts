import type { Collection, Filter, UpdateFilter } from 'mongodb';
import { isDuplicateKey } from '../errors.js';
import type { MongoConnection, MongoStore } from '../mongo-connection.js';
import type { Leases } from '../../../processors/ports.js';

interface StoredLease {
  /** The name of the lease. */
  readonly _id: string;
  readonly holder: string;
  readonly ttlMs: number;
  /** By the server's clock. */
  readonly renewedAt: Date;
}

const HAS_RUN_OUT = { $lte: [{ $add: ['$renewedAt', '$ttlMs'] }, '$$NOW'] };

/**
 * Leases in a collection of MongoDB. Their time is the server's own, so that instances whose clocks differ agree: the server
 * notes when a lease was renewed, and compares that with its own now.
 */
export function openMongoLeases(connection: MongoConnection): Leases {
  return new MongoLeases(connection.store('read model'));
}

class MongoLeases implements Leases {
  readonly #store: MongoStore;
  readonly #leases: Collection<StoredLease>;

  constructor(store: MongoStore) {
    this.#store = store;
    this.#leases = store.db.collection('leases');
  }

  acquire(name: string, holder: string, ttlMs: number): Promise<boolean> {
    return this.#store.run(
      async () => (await this.#take(name, holder, ttlMs)) || (await this.#create(name, holder, ttlMs)),
    );
  }

  async release(name: string, holder: string): Promise<void> {
    await this.#store.run(() => this.#leases.deleteOne({ _id: { $eq: name }, holder: { $eq: holder } }));
  }

  async holderOf(name: string): Promise<string | null> {
    const filter: Filter<StoredLease> = { _id: { $eq: name }, $expr: { $not: [HAS_RUN_OUT] } };
    return (await this.#store.run(() => this.#leases.findOne(filter)))?.holder ?? null;
  }

  /** Takes or renews a lease that was taken before: its holder may, or anybody once it has run out. */
  async #take(name: string, holder: string, ttlMs: number): Promise<boolean> {
    const filter: Filter<StoredLease> = { _id: { $eq: name }, $or: [{ holder: { $eq: holder } }, { $expr: HAS_RUN_OUT }] };
    return (await this.#leases.updateOne(filter, renewal(holder, ttlMs))).matchedCount === 1;
  }

  /** Takes a lease that nobody holds. A step of its own, since MongoDB inserts nothing by a filter with an expression. */
  async #create(name: string, holder: string, ttlMs: number): Promise<boolean> {
    try {
      const own: Filter<StoredLease> = { _id: { $eq: name }, holder: { $eq: holder } };
      await this.#leases.updateOne(own, renewal(holder, ttlMs), { upsert: true });
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Somebody has it: another, or this holder in another call.
      return await this.#take(name, holder, ttlMs);
    }
  }
}

function renewal(holder: string, ttlMs: number): UpdateFilter<StoredLease> {
  return { $set: { holder, ttlMs }, $currentDate: { renewedAt: true } };
}
