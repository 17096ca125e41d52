import { Binary, type Collection } from 'mongodb';
import type { Leaf, LeafHashes, LeafProgress, RememberedTree } from '../../../audit/leaf-hashes.js';
import { duplicateKeysOf, isDuplicateKey } from '../errors.js';
import type { MongoConnection, MongoStore } from '../mongo-connection.js';

interface StoredLeaf {
  /** Its index. */
  readonly _id: number;
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly hash: Binary;
}

interface StoredProgress extends LeafProgress {
  readonly _id: string;
}

interface StoredTree {
  readonly _id: string;
  readonly size: number;
  readonly roots: readonly Binary[];
}

const THE_ONE = 'log';
// Each command stays well below the time in which it must be answered.
const WRITES = 1_000;
const REMOVALS = 10_000;

/** The leaf hashes in collections of MongoDB: a document a leaf, and one that says how far they go. */
export function openMongoLeafHashes(connection: MongoConnection): LeafHashes {
  return new MongoLeafHashes(connection.store('read model'));
}

class MongoLeafHashes implements LeafHashes {
  readonly #store: MongoStore;
  readonly #leaves: Collection<StoredLeaf>;
  readonly #progress: Collection<StoredProgress>;
  readonly #trees: Collection<StoredTree>;
  #indexed: Promise<void> | null = null;

  constructor(store: MongoStore) {
    this.#store = store;
    this.#leaves = store.db.collection('leaf_hashes');
    this.#progress = store.db.collection('leaf_progress');
    this.#trees = store.db.collection('leaf_trees');
  }

  async progress(): Promise<LeafProgress | null> {
    const stored = await this.#store.run(() => this.#progress.findOne({ _id: THE_ONE }));
    return stored && { size: stored.size, position: stored.position, lastEvent: stored.lastEvent };
  }

  async append(from: number, leaves: readonly Leaf[], progress: Omit<LeafProgress, 'size'>): Promise<boolean> {
    if (((await this.progress())?.size ?? 0) !== from) return false;
    await this.#index();
    // First the leaves: what is beyond the size counts for nothing, and is replaced.
    for (let offset = 0; offset < leaves.length; offset += WRITES)
      await this.#write(from + offset, leaves.slice(offset, offset + WRITES));
    const next = { ...progress, size: from + leaves.length };
    return this.#store.run(async () => {
      try {
        const result = await this.#progress.updateOne({ _id: THE_ONE, size: from }, { $set: next }, { upsert: from === 0 });
        return result.matchedCount + result.upsertedCount === 1;
      } catch (error) {
        // An upsert guard: another sealer has begun.
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    });
  }

  async read(from: number, maxCount: number): Promise<readonly Leaf[]> {
    const size = (await this.progress())?.size ?? 0;
    const filter = { _id: { $gte: from, $lt: Math.min(size, from + maxCount) } };
    const found = await this.#store.run(() => this.#leaves.find(filter).sort({ _id: 1 }).toArray());
    return found.map(({ eventId, stream, revision, hash }) => ({ eventId, stream, revision, hash: bytesOf(hash) }));
  }

  async indexOf(eventId: string): Promise<number | null> {
    if (typeof eventId !== 'string') return null;
    const size = (await this.progress())?.size ?? 0;
    const filter = { eventId: { $eq: eventId }, _id: { $lt: size } };
    const found = await this.#store.run(() => this.#leaves.find(filter).sort({ _id: 1 }).limit(1).toArray());
    return found[0]?._id ?? null;
  }

  async remember({ size, roots }: RememberedTree): Promise<void> {
    const tree = { size, roots: roots.map((root) => new Binary(root)) };
    await this.#store.run(() => this.#trees.updateOne({ _id: THE_ONE }, { $set: tree }, { upsert: true }));
  }

  async remembered(): Promise<RememberedTree | null> {
    const stored = await this.#store.run(() => this.#trees.findOne({ _id: THE_ONE }));
    return stored && { size: stored.size, roots: stored.roots.map(bytesOf) };
  }

  async clear(): Promise<void> {
    await this.#store.run(() => this.#progress.deleteMany({}));
    await this.#store.run(() => this.#trees.deleteMany({}));
    const [last] = await this.#store.run(() => this.#leaves.find().sort({ _id: -1 }).limit(1).toArray());
    for (let from = 0; from <= (last?._id ?? -1); from += REMOVALS) {
      const some = { _id: { $gte: from, $lt: from + REMOVALS } };
      await this.#store.run(() => this.#leaves.deleteMany(some));
    }
  }

  async #write(from: number, leaves: readonly Leaf[]): Promise<void> {
    const documents = leaves.map(({ hash, ...leaf }, offset) => ({ _id: from + offset, ...leaf, hash: new Binary(hash) }));
    try {
      await this.#store.run(() => this.#leaves.insertMany(documents, { ordered: false }));
    } catch (error) {
      const there = duplicateKeysOf(error);
      if (there === null) throw error;
      // Somebody began and did not finish.
      const operations = documents
        .filter((_, place) => there.includes(place))
        .map((replacement) => ({ replaceOne: { filter: { _id: replacement._id }, replacement } }));
      await this.#store.run(() => this.#leaves.bulkWrite(operations, { ordered: false }));
    }
  }

  #index(): Promise<void> {
    this.#indexed ??= this.#store
      .run(() => this.#leaves.createIndex({ eventId: 1 }))
      .then(
        () => undefined,
        (error: unknown) => {
          this.#indexed = null;
          throw error;
        },
      );
    return this.#indexed;
  }
}

function bytesOf({ buffer, position }: Binary): Buffer {
  return Buffer.from(buffer.buffer, buffer.byteOffset, position);
}
