import type { AnyBulkWriteOperation, Collection as MongoCollection, Db, Filter, FindCursor, WithId } from 'mongodb';
import type {
  AccountDocument,
  Changed,
  Collection,
  Documents,
  SessionDocument,
  SessionStatus,
  StreamDocument,
} from '../../../read-model/documents.js';
import { AlteredDocumentError, isDocument } from '../../../read-model/intact-documents.js';
import type { EndingPage, SessionsPage } from '../../../read-model/read-model.js';
import { collectionsOf, type BuildCollections, type Stored } from './build-collections.js';
import { putNewer, type NewOrNot } from './put-newer.js';

const STATUSES: readonly SessionStatus[] = ['active', 'revoked', 'expired'];

const ENDED: readonly SessionStatus[] = ['revoked', 'expired'];

const DAY_MS = 24 * 60 * 60 * 1000;
// A tombstone stops a delayed projector from recreating a removed session. No process is late by so much.
const TOMBSTONE_MS = 30 * DAY_MS;
// Removing sessions also removes so many old tombstones: they do not pile up, and no sweep has to remove all at once.
const TOMBSTONE_PAGE = 1_000;

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
    return (await this.#of(collection).find(found).toArray()).map((stored) => documentOf(collection, stored as Stored<C>));
  }

  async scan<C extends Collection>(collection: C, afterId: string, limit: number): Promise<Documents[C][]> {
    const after = { _id: { $gt: afterId }, ...NOT_REMOVED } as Filter<Stored<C>>;
    const page = this.#of(collection).find(after).sort({ _id: 1 }).limit(limit);
    return (await page.toArray()).map((stored) => scanned(stored as Stored<C>));
  }

  /** By ids, since counting by the server is an aggregation, which not every server of this protocol can do with a limit. */
  async countActiveSessionsOf(userId: string, upTo: number): Promise<number> {
    const active: Filter<Stored<'sessions'>> = { userId: { $eq: userId }, status: { $eq: 'active' } };
    return (
      await this.#collections.sessions
        .find(active, { projection: { _id: 1 } })
        .limit(upTo)
        .toArray()
    ).length;
  }

  async activeSessionsOf(userId: string, page?: SessionsPage): Promise<SessionDocument[]> {
    const active: Filter<Stored<'sessions'>> = { userId: { $eq: userId }, status: { $eq: 'active' } };
    const after = page?.after;
    const rest: Filter<Stored<'sessions'>> =
      after === undefined
        ? active
        : {
            ...active,
            $or: [
              { lastUsedAt: { $lt: after.lastUsedAt } },
              { lastUsedAt: { $eq: after.lastUsedAt }, _id: { $gt: after.id } },
            ],
          };
    const found = this.#collections.sessions.find(rest).sort({ lastUsedAt: -1, _id: 1 });
    return sessionsOf(page === undefined ? found : found.limit(page.limit));
  }

  async endedSessionsOf(userId: string, limit: number): Promise<SessionDocument[]> {
    const ended = { userId: { $eq: userId }, status: { $in: [...ENDED] } };
    return sessionsOf(this.#collections.sessions.find(ended).sort({ endsAt: -1, _id: -1 }).limit(limit));
  }

  async accountByEmailKey(emailKey: string): Promise<AccountDocument | null> {
    const found = await this.#collections.accounts
      .find({ emailKey: { $eq: emailKey } })
      .sort({ _id: 1 })
      .limit(1)
      .next();
    return found === null ? null : documentOf<'accounts'>('accounts', found);
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
    return sessionsOf(this.#collections.sessions.find(page).sort({ endsAt: 1, _id: 1 }).limit(limit));
  }

  /** Streams of devices whose id stands between the two. */
  async deviceStreamsBetween(afterId: string, beforeId: string, limit: number): Promise<StreamDocument[]> {
    const between: Filter<Stored<'streams'>> = { _id: { $gt: afterId, $lt: beforeId } };
    return streamsOf(this.#collections.streams.find(between).sort({ _id: 1 }).limit(limit));
  }

  async suspectStreams(afterId: string, limit: number): Promise<StreamDocument[]> {
    const suspect: Filter<Stored<'streams'>> = { suspect: { $eq: true }, _id: { $gt: afterId } };
    return streamsOf(this.#collections.streams.find(suspect).sort({ _id: 1 }).limit(limit));
  }

  /** Stores those documents that are newer than what is stored. */
  async put(changed: readonly Changed[]): Promise<void> {
    const sessions: NewOrNot<'sessions'>[] = [];
    const accounts: NewOrNot<'accounts'>[] = [];
    const streams: NewOrNot<'streams'>[] = [];
    for (const { collection, document, isNew = false } of changed) {
      if (collection === 'sessions') sessions.push({ document, isNew });
      else if (collection === 'accounts') accounts.push({ document, isNew });
      else streams.push({ document: withMark(document), isNew });
    }
    await Promise.all([
      putNewer(this.#of('sessions'), sessions),
      putNewer(this.#of('accounts'), accounts),
      putNewer(this.#of('streams'), streams),
    ]);
  }

  /** Removes sessions that are as they were found: of each only key, position and the time are left. */
  async removeSessions(sessions: readonly Pick<SessionDocument, 'id' | 'position'>[], now: Date): Promise<void> {
    const collection = this.#collections.sessions as unknown as MongoCollection<Tombstone>;
    if (sessions.length > 0) {
      const removals = sessions.map(({ id, position }): AnyBulkWriteOperation<Tombstone> => {
        const asFound = { _id: { $eq: id }, position: { $eq: position }, ...NOT_REMOVED } as Filter<Tombstone>;
        return { replaceOne: { filter: asFound, replacement: { position, removedAt: now } } };
      });
      await collection.bulkWrite(removals, { ordered: false });
    }
    const outdated = { removedAt: { $lt: new Date(now.getTime() - TOMBSTONE_MS) } };
    const old = await collection.find(outdated).project<{ _id: string }>({ _id: 1 }).limit(TOMBSTONE_PAGE).toArray();
    if (old.length > 0) await collection.deleteMany({ _id: { $in: old.map(({ _id }) => _id) }, ...outdated });
  }

  #of<C extends Collection>(collection: C): MongoCollection<Stored<C>> {
    return this.#collections[collection];
  }
}

/** With what it is searched by. */
function withMark(stream: StreamDocument): StreamDocument & { readonly suspect: boolean } {
  return { ...stream, suspect: stream.contested || stream.reused };
}

async function sessionsOf(found: FindCursor<WithId<Stored<'sessions'>>>): Promise<SessionDocument[]> {
  return (await found.toArray()).map((stored) => documentOf<'sessions'>('sessions', stored));
}

async function streamsOf(found: FindCursor<WithId<Stored<'streams'>>>): Promise<StreamDocument[]> {
  return (await found.toArray()).map((stored) => documentOf<'streams'>('streams', stored));
}

/** What is left of a removed session. */
interface Tombstone {
  readonly _id: string;
  readonly position: string;
  readonly removedAt: Date;
}

/** Throws `AlteredDocumentError` for what is no document of ours. */
function documentOf<C extends Collection>(collection: C, stored: Stored<C>): Documents[C] {
  const document = scanned(stored);
  if (!isDocument(document, stored._id)) throw new AlteredDocumentError(collection);
  return document;
}

/** A document that is compared with what the log says, and may be anything. */
function scanned<C extends Collection>({ _id, ...fields }: Stored<C>): Documents[C] {
  // Stored to be searched by: what is read says it in other fields.
  delete (fields as { suspect?: boolean }).suspect;
  return { id: _id, ...fields } as unknown as Documents[C];
}
