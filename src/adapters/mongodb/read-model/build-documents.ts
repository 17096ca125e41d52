import type { AnyBulkWriteOperation, Collection as MongoCollection, Db, Filter, WithoutId } from 'mongodb';
import { duplicateKeysOf } from '../errors.js';
import type { AccountDocument, Collection, Documents, SessionDocument, SessionStatus } from '../../../read-model/documents.js';
import type { EndingPage } from '../../../read-model/read-model.js';
import { collectionsOf, type BuildCollections, type Stored } from './build-collections.js';

const STATUSES: readonly SessionStatus[] = ['active', 'revoked', 'expired'];

const DAY_MS = 24 * 60 * 60 * 1000;
// What is left of a removed session keeps a late writer from bringing it back. No process is late by so much.
const REMAINS_MS = 30 * DAY_MS;
// Removing a session leaves one, and removes up to so many: they do not pile up, and no sweep has to do all at once.
const REMAINS_PAGE = 1_000;

const NOT_REMOVED = { removedAt: { $exists: false } };

/**
 * Reads and writes the documents of one build. Values are only ever compared with (`$eq`, `$in`, …), never made part of a
 * query's structure.
 */
export class BuildDocuments {
  readonly #collections: BuildCollections;

  constructor(db: Db, build: number) {
    this.#collections = collectionsOf(db, build);
  }

  async find<C extends Collection>(collection: C, ids: readonly string[]): Promise<Documents[C][]> {
    if (ids.length === 0) return [];
    const found = { _id: { $in: [...ids] }, ...NOT_REMOVED } as Filter<Stored<C>>;
    return (await this.#of(collection).find(found).toArray()).map((stored) => documentOf(stored as Stored<C>));
  }

  async scan<C extends Collection>(collection: C, afterId: string | null, limit: number): Promise<Documents[C][]> {
    const after = { _id: { $gt: afterId ?? '' }, ...NOT_REMOVED } as Filter<Stored<C>>;
    const page = this.#of(collection).find(after).sort({ _id: 1 }).limit(limit);
    return (await page.toArray()).map((stored) => documentOf(stored as Stored<C>));
  }

  async activeSessionsOf(userId: string): Promise<SessionDocument[]> {
    const active = this.#collections.sessions.find({ userId: { $eq: userId }, status: { $eq: 'active' } });
    const sessions = (await active.toArray()).map((stored) => documentOf<'sessions'>(stored));
    return sessions.sort((a, b) => (a.lastUsedAt < b.lastUsedAt ? 1 : a.lastUsedAt > b.lastUsedAt ? -1 : 0));
  }

  async sessionsEnding({ endsBy, activeOnly, after, limit }: EndingPage): Promise<SessionDocument[]> {
    const status = activeOnly === true ? { $eq: 'active' as const } : { $in: [...STATUSES] };
    const page: Filter<Stored<'sessions'>> =
      after === undefined
        ? { status, endsAt: { $lte: endsBy } }
        : {
            status,
            endsAt: { $gte: after.endsAt, $lte: endsBy },
            $or: [{ endsAt: { $gt: after.endsAt } }, { _id: { $gt: after.id } }],
          };
    const found = this.#collections.sessions.find(page).sort({ endsAt: 1, _id: 1 }).limit(limit);
    return (await found.toArray()).map((stored) => documentOf<'sessions'>(stored));
  }

  /** Stores those documents that are newer than what is stored. */
  async put(sessions: readonly SessionDocument[], accounts: readonly AccountDocument[]): Promise<void> {
    await Promise.all([putNewer(this.#of('sessions'), sessions), putNewer(this.#of('accounts'), accounts)]);
  }

  /** Removes sessions that are as they were found: of each only key, position and the time are left. */
  async removeSessions(sessions: readonly Pick<SessionDocument, 'id' | 'position'>[], now: Date): Promise<void> {
    const collection = this.#collections.sessions as unknown as MongoCollection<Remains>;
    if (sessions.length > 0) {
      const removals = sessions.map(({ id, position }): AnyBulkWriteOperation<Remains> => {
        const asFound = { _id: { $eq: id }, position: { $eq: position }, ...NOT_REMOVED } as Filter<Remains>;
        return { replaceOne: { filter: asFound, replacement: { position, removedAt: now } } };
      });
      await collection.bulkWrite(removals, { ordered: false });
    }
    const outdated = { removedAt: { $lt: new Date(now.getTime() - REMAINS_MS) } };
    const old = await collection.find(outdated).project<{ _id: string }>({ _id: 1 }).limit(REMAINS_PAGE).toArray();
    if (old.length > 0) await collection.deleteMany({ _id: { $in: old.map(({ _id }) => _id) }, ...outdated });
  }

  #of<C extends Collection>(collection: C): MongoCollection<Stored<C>> {
    return this.#collections[collection];
  }
}

/** What is left of a removed session. */
interface Remains {
  readonly _id: string;
  readonly position: string;
  readonly removedAt: Date;
}

async function putNewer<C extends Collection>(
  collection: MongoCollection<Stored<C>>,
  documents: readonly Documents[C][],
): Promise<void> {
  if (documents.length === 0) return;
  const write = (some: readonly Documents[C][], upsert: boolean): Promise<unknown> =>
    collection.bulkWrite(
      some.map((document) => replacement<C>(document, upsert)),
      { ordered: false },
    );
  try {
    await write(documents, true);
  } catch (error) {
    // A document that is not older is there already; or, of upserts that raced, the other came first, and may be older: now that
    // all are there, they are replaced if they are.
    const refused = duplicateKeysOf(error);
    if (refused === null) throw error;
    await write(
      refused.map((index) => documents[index]).filter((document) => document !== undefined),
      false,
    );
  }
}

function replacement<C extends Collection>(document: Documents[C], upsert: boolean): AnyBulkWriteOperation<Stored<C>> {
  const { id, ...fields } = document;
  const older = { _id: { $eq: id }, position: { $lt: document.position } } as Filter<Stored<C>>;
  return { replaceOne: { filter: older, replacement: fields as unknown as WithoutId<Stored<C>>, upsert } };
}

function documentOf<C extends Collection>({ _id, ...fields }: Stored<C>): Documents[C] {
  return { id: _id, ...fields } as unknown as Documents[C];
}
