import type { Position } from '../../../event-store/position.js';
import {
  checkedAfter,
  checkedEnding,
  checkedLimit,
  checkedRemovals,
  checkedSessions,
  checkedStreamRange,
  idsAmong,
  idsIn,
  isId,
} from '../../../read-model/checked.js';
import type {
  AccountDocument,
  Collection,
  DocumentKey,
  Documents,
  Placed,
  SessionDocument,
  StreamDocument,
} from '../../../read-model/documents.js';
import {
  CheckpointMovedError,
  type EndingPage,
  type Progress,
  type ProjectedBatch,
  type ReadModel,
  type Rebuild,
  type SessionsPage,
  type VersionToken,
} from '../../../read-model/read-model.js';
import type { MongoConnection, MongoStore } from '../mongo-connection.js';
import { BuildDocuments } from './build-documents.js';
import { Builds, versionOf, type BuildRef } from './builds.js';
import { CurrentBuild } from './current-build.js';

/**
 * The read model in MongoDB, without transactions: each write holds only if it is newer than what it finds (an upsert guard), so
 * that it does not matter how often or by whom it is repeated. The connection stays its owner's to close. `madeBy` is the version
 * of the reducers that this program makes documents by.
 */
export function openMongoReadModel(connection: MongoConnection, madeBy: string): ReadModel {
  const store = connection.store('read model');
  return new MongoReadModel(store, new Builds(store, madeBy), 'live');
}

class MongoReadModel implements ReadModel {
  readonly #store: MongoStore;
  readonly #builds: Builds;
  readonly #ref: BuildRef;
  readonly #build: CurrentBuild;

  constructor(store: MongoStore, builds: Builds, ref: BuildRef) {
    this.#store = store;
    this.#builds = builds;
    this.#ref = ref;
    this.#build = new CurrentBuild(store, builds, ref);
  }

  async checkpoint(): Promise<Position | null> {
    return (await this.#builds.find(this.#ref)).checkpoint;
  }

  async progress(): Promise<Progress> {
    const build = await this.#builds.find(this.#ref);
    return { version: versionOf(build), checkpoint: build.checkpoint, lastEvent: build.lastEvent };
  }

  async madeBy(): Promise<string | null> {
    const { checkpoint, madeBy } = await this.#builds.find(this.#ref);
    return checkpoint === null ? null : madeBy;
  }

  async load(keys: readonly DocumentKey[], version: VersionToken): Promise<readonly Placed[]> {
    const [sessions, accounts, streams] = await this.#build.use((documents) =>
      Promise.all([
        documents.find('sessions', idsIn('sessions', keys)),
        documents.find('accounts', idsIn('accounts', keys)),
        documents.find('streams', idsIn('streams', keys)),
      ]),
    );
    // Asked afterwards: a version is never the present one again once it was left.
    const present = (await this.progress()).version;
    if (present !== version) throw new CheckpointMovedError(version, present);
    return [
      ...sessions.map((document) => ({ collection: 'sessions' as const, document })),
      ...accounts.map((document) => ({ collection: 'accounts' as const, document })),
      ...streams.map((document) => ({ collection: 'streams' as const, document })),
    ];
  }

  async apply({ documents, version, checkpoint, lastEvent }: ProjectedBatch): Promise<VersionToken> {
    const build = await this.#builds.find(this.#ref);
    if (versionOf(build) !== version) throw new CheckpointMovedError(version, versionOf(build));
    // What is not newer than the checkpoint is here already, or has been removed for good.
    const newer = documents.filter(({ document }) => build.checkpoint === null || document.position > build.checkpoint);
    // The checkpoint comes last: whatever happens in between, the batch is repeated, and finds its own documents stored.
    await this.#store.run((db) => new BuildDocuments(db, build.build).put(newer));
    if (!(await this.#builds.moveCheckpoint(build, { checkpoint, lastEvent })))
      // What another projector has done meanwhile is no older than what was stored here, or was stored as the log has it.
      throw new CheckpointMovedError(version, (await this.progress()).version);
    return versionOf({ build: build.build, checkpoint });
  }

  session(sid: string): Promise<SessionDocument | null> {
    return this.#find('sessions', sid);
  }

  async activeSessionsOf(userId: string, page?: SessionsPage): Promise<readonly SessionDocument[]> {
    if (page !== undefined) checkedSessions(page);
    return isId(userId) ? this.#build.use((documents) => documents.activeSessionsOf(userId, page)) : [];
  }

  async countActiveSessionsOf(userId: string, upTo: number): Promise<number> {
    checkedLimit(upTo);
    return isId(userId) ? this.#build.use((documents) => documents.countActiveSessionsOf(userId, upTo)) : 0;
  }

  async endedSessionsOf(userId: string, limit: number): Promise<readonly SessionDocument[]> {
    checkedLimit(limit);
    return isId(userId) ? this.#build.use((documents) => documents.endedSessionsOf(userId, limit)) : [];
  }

  account(userId: string): Promise<AccountDocument | null> {
    return this.#find('accounts', userId);
  }

  accounts(userIds: readonly string[]): Promise<readonly AccountDocument[]> {
    return this.#build.use((documents) => documents.find('accounts', idsAmong(userIds)));
  }

  async accountByEmailKey(emailKey: string): Promise<AccountDocument | null> {
    return isId(emailKey) ? this.#build.use((documents) => documents.accountByEmailKey(emailKey)) : null;
  }

  accountsAfter(afterId: string | null, limit: number): Promise<readonly AccountDocument[]> {
    return this.scan('accounts', afterId, limit);
  }

  deviceStream(id: string): Promise<StreamDocument | null> {
    return this.#find('streams', id);
  }

  async deviceStreamsOf(userId: string, afterId: string | null, limit: number): Promise<readonly StreamDocument[]> {
    const range = checkedStreamRange(userId, afterId);
    checkedLimit(limit);
    if (range === null) return [];
    return this.#build.use((documents) => documents.deviceStreamsBetween(range.after, range.before, limit));
  }

  async suspectStreams(afterId: string | null, limit: number): Promise<readonly StreamDocument[]> {
    const after = checkedAfter(afterId);
    checkedLimit(limit);
    return this.#build.use((documents) => documents.suspectStreams(after, limit));
  }

  async sessionsEnding(page: EndingPage): Promise<readonly SessionDocument[]> {
    checkedEnding(page);
    return this.#build.use((documents) => documents.sessionsEnding(page));
  }

  async removeSessions(sessions: readonly Pick<SessionDocument, 'id' | 'position'>[]): Promise<void> {
    const removals = checkedRemovals(sessions);
    await this.#build.use((documents) => documents.removeSessions(removals, new Date()));
  }

  async scan<C extends Collection>(collection: C, afterId: string | null, limit: number): Promise<readonly Documents[C][]> {
    const after = checkedAfter(afterId);
    checkedLimit(limit);
    return this.#build.use((documents) => documents.scan(collection, after, limit));
  }

  async beginRebuild(): Promise<Rebuild> {
    const build = await this.#builds.begin();
    return {
      target: new MongoReadModel(this.#store, this.#builds, build),
      swap: () => this.#builds.swap(build),
      discard: () => this.#builds.discard(build),
    };
  }

  ping(): Promise<void> {
    return this.#store.ping();
  }

  async #find<C extends Collection>(collection: C, id: string): Promise<Documents[C] | null> {
    if (!isId(id)) return null;
    const [found] = await this.#build.use((documents) => documents.find(collection, [id]));
    return found ?? null;
  }
}
