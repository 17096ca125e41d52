import { MongoServerError } from 'mongodb';
import type { Landmark, Position } from '../../../event-store/position.js';
import { StoreUnavailableError } from '../../../domain/unavailable.js';
import type { MongoConnection, MongoStore } from '../mongo-connection.js';
import type { AccountDocument, Collection, DocumentKey, Documents, Placed, SessionDocument } from '../../../read-model/documents.js';
import { CheckpointMovedError, type EndingPage, type ProjectedBatch, type ReadModel, type Rebuild } from '../../../read-model/read-model.js';
import { BuildDocuments } from './build-documents.js';
import { Builds, type BuildRef } from './builds.js';

/**
 * The read model in MongoDB, without transactions: each write holds only if it is newer than what it finds, so that it does not
 * matter how often or by whom it is repeated. Closing it leaves the connection to its owner.
 */
export function openMongoReadModel(connection: MongoConnection): ReadModel {
  const store = connection.store('read model');
  return new MongoReadModel(store, new Builds(store), 'live');
}

class MongoReadModel implements ReadModel {
  readonly #store: MongoStore;
  readonly #builds: Builds;
  readonly #ref: BuildRef;
  /** The build that was meant the last time; another process may have put another in its place since. */
  #known: number | null;
  /** The build from which documents were last loaded to be changed by a batch. */
  #loadedFrom: number | null = null;

  constructor(store: MongoStore, builds: Builds, ref: BuildRef) {
    this.#store = store;
    this.#builds = builds;
    this.#ref = ref;
    this.#known = ref === 'live' ? null : ref;
  }

  async checkpoint(): Promise<Position | null> {
    return (await this.#builds.find(this.#ref)).checkpoint;
  }

  async landmark(): Promise<Landmark | null> {
    return (await this.#builds.find(this.#ref)).landmark ?? null;
  }

  load(keys: readonly DocumentKey[]): Promise<readonly Placed[]> {
    const idsIn = (wanted: Collection): string[] =>
      keys.filter(({ collection }) => collection === wanted).map(({ id }) => id);
    return this.#onBuild(async (documents, build) => {
      this.#loadedFrom = build;
      const [sessions, accounts] = await Promise.all([
        documents.find('sessions', idsIn('sessions')),
        documents.find('accounts', idsIn('accounts')),
      ]);
      return [
        ...sessions.map((document) => ({ collection: 'sessions' as const, document })),
        ...accounts.map((document) => ({ collection: 'accounts' as const, document })),
      ];
    });
  }

  async apply({ documents, previousCheckpoint, ...next }: ProjectedBatch): Promise<void> {
    const build = await this.#builds.find(this.#ref);
    // What was made of the documents of another build says nothing of this one, even if both are at one checkpoint.
    const fromAnother = this.#loadedFrom !== null && this.#loadedFrom !== build.build;
    this.#loadedFrom = null;
    if (fromAnother || build.checkpoint !== previousCheckpoint)
      throw new CheckpointMovedError(previousCheckpoint, build.checkpoint);
    const sessions: SessionDocument[] = [];
    const accounts: AccountDocument[] = [];
    for (const { collection, document } of documents) {
      // What is not newer than the checkpoint is here already, or has been removed for good.
      if (previousCheckpoint !== null && document.position <= previousCheckpoint) continue;
      if (collection === 'sessions') sessions.push(document);
      else accounts.push(document);
    }
    // The checkpoint comes last: whatever happens in between, the batch is repeated, and finds its own documents stored.
    await this.#store.run((db) => new BuildDocuments(db, build.build).put(sessions, accounts));
    if (!(await this.#builds.moveCheckpoint(build, next)))
      // What another projector has done meanwhile is no older than what was stored here, or was stored as the log has it.
      throw new CheckpointMovedError(previousCheckpoint, await this.checkpoint());
  }

  session(sid: string): Promise<SessionDocument | null> {
    return this.#find('sessions', sid);
  }

  activeSessionsOf(userId: string): Promise<readonly SessionDocument[]> {
    return this.#onBuild((documents) => documents.activeSessionsOf(userId));
  }

  account(userId: string): Promise<AccountDocument | null> {
    return this.#find('accounts', userId);
  }

  accounts(userIds: readonly string[]): Promise<readonly AccountDocument[]> {
    return this.#onBuild((documents) => documents.find('accounts', userIds));
  }

  sessionsEnding(page: EndingPage): Promise<readonly SessionDocument[]> {
    return this.#onBuild((documents) => documents.sessionsEnding(page));
  }

  removeSessions(sessions: readonly Pick<SessionDocument, 'id' | 'position'>[]): Promise<void> {
    return this.#onBuild((documents) => documents.removeSessions(sessions, new Date()));
  }

  scan<C extends Collection>(collection: C, afterId: string | null, limit: number): Promise<readonly Documents[C][]> {
    return this.#onBuild((documents) => documents.scan(collection, afterId, limit));
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

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #find<C extends Collection>(collection: C, id: string): Promise<Documents[C] | null> {
    const [found] = await this.#onBuild((documents) => documents.find(collection, [id]));
    return found ?? null;
  }

  /**
   * Does something with the documents of the build that is meant. Asking afterwards whether it still is the live one shows that
   * what was read was neither outdated nor already removed; otherwise it is done again with the one that is.
   */
  async #onBuild<T>(use: (documents: BuildDocuments, build: number) => Promise<T>): Promise<T> {
    for (;;) {
      const build = (this.#known ??= (await this.#builds.find(this.#ref)).build);
      const outcome = await settled(this.#store.run((db) => use(new BuildDocuments(db, build), build)));
      this.#known = (await this.#builds.find(this.#ref)).build;
      if (this.#known === build) return outcome();
    }
  }
}

/** What came of it, to be had later. A server that could not be reached is told at once: nothing else can be asked of it. */
async function settled<T>(promise: Promise<T>): Promise<() => T> {
  try {
    const value = await promise;
    return () => value;
  } catch (error) {
    if (error instanceof StoreUnavailableError && !(error.cause instanceof MongoServerError)) throw error;
    return () => {
      throw error;
    };
  }
}
