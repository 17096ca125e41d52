import type { Collection as MongoCollection, Db, IndexDescription } from 'mongodb';
import { isNamespaceGone } from '../errors.js';
import type { Collection, Documents } from '../../../read-model/documents.js';

/** A document as it is stored: its id is the key. */
export type Stored<C extends Collection> = Omit<Documents[C], 'id'> & {
  readonly _id: string;
  /** Of a device's stream alone: whether it holds a trace of theft. */
  readonly suspect?: boolean;
  /** Only what is left of a removed document has it, beside its key and position. */
  readonly removedAt?: Date;
};

export type BuildCollections = { readonly [C in Collection]: MongoCollection<Stored<C>> };

const SESSION_INDEXES: IndexDescription[] = [
  { name: 'by_user', key: { userId: 1, status: 1 } },
  // Each status is in order by itself and they are merged: a session that is used moves in this index alone.
  { name: 'by_end', key: { status: 1, endsAt: 1, _id: 1 } },
  { name: 'removed', key: { removedAt: 1 }, sparse: true },
];
const ACCOUNT_INDEXES: IndexDescription[] = [
  { name: 'by_email', key: { emailKey: 1 }, partialFilterExpression: { emailKey: { $type: 'string' } } },
];

// The order of ids is the order of users; those that hold a trace of theft are few.
const STREAM_INDEXES: IndexDescription[] = [
  { name: 'suspect', key: { _id: 1, suspect: 1 }, partialFilterExpression: { suspect: { $eq: true } } },
];

/** The collections of one build. */
export function collectionsOf(db: Db, build: number): BuildCollections {
  return {
    sessions: db.collection(`sessions_${build}`),
    accounts: db.collection(`accounts_${build}`),
    streams: db.collection(`streams_${build}`),
  };
}

/** Creates what is missing of a build: its indexes, and with them their collections. */
export async function createBuild(db: Db, build: number): Promise<void> {
  const { sessions, accounts, streams } = collectionsOf(db, build);
  await Promise.all([
    sessions.createIndexes(SESSION_INDEXES),
    accounts.createIndexes(ACCOUNT_INDEXES),
    streams.createIndexes(STREAM_INDEXES),
  ]);
}

export async function dropBuild(db: Db, build: number): Promise<void> {
  for (const collection of Object.values(collectionsOf(db, build)))
    await collection.drop().catch((error: unknown) => {
      if (!isNamespaceGone(error)) throw error;
    });
}

/** The numbers of all builds of which there is a collection. */
export async function storedBuilds(db: Db): Promise<number[]> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  const numbers = collections.map(({ name }) => /^(?:sessions|accounts|streams)_(\d+)$/.exec(name)?.[1]);
  return [...new Set(numbers.filter((number) => number !== undefined).map(Number))];
}
