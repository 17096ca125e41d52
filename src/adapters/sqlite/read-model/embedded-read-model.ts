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
import type { SqliteClient, SqliteFile } from '../sqlite-file.js';
import { CurrentBuild } from './current-build.js';
import {
  APPLY,
  BEGIN_BUILD,
  DISCARD_BUILD,
  PING_READ_MODEL,
  REMOVE_SESSIONS,
  SWAP_BUILD,
  type ApplyAnswer,
  type ApplyArgs,
  type BuildRef,
  type RemoveArgs,
} from './read-model-jobs.js';
import { placed, rowsOf } from './rows.js';

/** The job module that a SQLite file must be opened with to hold the read model and the checkpoints. */
export const READ_MODEL_JOBS = new URL('./jobs.js', import.meta.url);

/**
 * The read model in a SQLite file, opened with `READ_MODEL_JOBS` among its job modules; the file stays its owner's to close.
 * `madeBy` is the version of the reducers that this program makes documents by.
 */
export function openEmbeddedReadModel(file: SqliteFile, madeBy: string): ReadModel {
  return new EmbeddedReadModel(file.client('read model'), madeBy, 'live');
}

class EmbeddedReadModel implements ReadModel {
  readonly #client: SqliteClient;
  readonly #madeBy: string;
  readonly #ref: BuildRef;
  readonly #build: CurrentBuild;

  constructor(client: SqliteClient, madeBy: string, ref: BuildRef) {
    this.#client = client;
    this.#madeBy = madeBy;
    this.#ref = ref;
    this.#build = new CurrentBuild(client, ref);
  }

  async checkpoint(): Promise<Position | null> {
    return (await this.#build.progress()).checkpoint;
  }

  progress(): Promise<Progress> {
    return this.#build.progress();
  }

  madeBy(): Promise<string | null> {
    return this.#build.madeBy();
  }

  async load(keys: readonly DocumentKey[], version: VersionToken): Promise<readonly Placed[]> {
    const present = (await this.#build.progress()).version;
    if (present !== version) throw new CheckpointMovedError(version, present);
    // A commit in between makes `apply` refuse what is made of these documents.
    const documents = this.#build.documents();
    return [
      ...placed(documents, 'sessions', idsIn('sessions', keys)),
      ...placed(documents, 'accounts', idsIn('accounts', keys)),
      ...placed(documents, 'streams', idsIn('streams', keys)),
    ];
  }

  async apply({ documents, version, checkpoint, lastEvent }: ProjectedBatch): Promise<VersionToken> {
    const batch = { version, ...rowsOf(documents), checkpoint, lastEvent };
    const args: ApplyArgs = { build: this.#ref, madeBy: this.#madeBy, ...batch };
    const answer = await this.#client.run<ApplyAnswer>(APPLY, args);
    if (!answer.applied) throw new CheckpointMovedError(version, answer.version);
    return answer.version;
  }

  session(sid: string): Promise<SessionDocument | null> {
    return this.#build.read((documents) => (isId(sid) ? documents.find('sessions', sid) : null));
  }

  activeSessionsOf(userId: string, page?: SessionsPage): Promise<readonly SessionDocument[]> {
    return this.#build.read((documents) => {
      if (page !== undefined) checkedSessions(page);
      return isId(userId) ? documents.activeSessionsOf(userId, page) : [];
    });
  }

  countActiveSessionsOf(userId: string, upTo: number): Promise<number> {
    return this.#build.read((documents) => {
      checkedLimit(upTo);
      return isId(userId) ? documents.countActiveSessionsOf(userId, upTo) : 0;
    });
  }

  endedSessionsOf(userId: string, limit: number): Promise<readonly SessionDocument[]> {
    return this.#build.read((documents) => {
      checkedLimit(limit);
      return isId(userId) ? documents.endedSessionsOf(userId, limit) : [];
    });
  }

  account(userId: string): Promise<AccountDocument | null> {
    return this.#build.read((documents) => (isId(userId) ? documents.find('accounts', userId) : null));
  }

  accounts(userIds: readonly string[]): Promise<readonly AccountDocument[]> {
    return this.#build.read((documents) => documents.findAll('accounts', idsAmong(userIds)));
  }

  accountByEmailKey(emailKey: string): Promise<AccountDocument | null> {
    return this.#build.read((documents) => (isId(emailKey) ? documents.accountByEmailKey(emailKey) : null));
  }

  accountsAfter(afterId: string | null, limit: number): Promise<readonly AccountDocument[]> {
    return this.scan('accounts', afterId, limit);
  }

  deviceStream(id: string): Promise<StreamDocument | null> {
    return this.#build.read((documents) => (isId(id) ? documents.find('streams', id) : null));
  }

  deviceStreamsOf(userId: string, afterId: string | null, limit: number): Promise<readonly StreamDocument[]> {
    return this.#build.read((documents) => {
      const range = checkedStreamRange(userId, afterId);
      checkedLimit(limit);
      return range === null ? [] : documents.deviceStreamsBetween(range.after, range.before, limit);
    });
  }

  suspectStreams(afterId: string | null, limit: number): Promise<readonly StreamDocument[]> {
    return this.#build.read((documents) => documents.suspectStreams(checkedAfter(afterId), checkedLimit(limit)));
  }

  sessionsEnding(page: EndingPage): Promise<readonly SessionDocument[]> {
    return this.#build.read((documents) => documents.sessionsEnding(checkedEnding(page)));
  }

  async removeSessions(sessions: readonly Pick<SessionDocument, 'id' | 'position'>[]): Promise<void> {
    const removals = checkedRemovals(sessions);
    if (removals.length === 0) return;
    const args: RemoveArgs = { build: this.#ref, sessions: removals.map(({ id, position }) => [id, position]) };
    await this.#client.run(REMOVE_SESSIONS, args);
  }

  scan<C extends Collection>(collection: C, afterId: string | null, limit: number): Promise<readonly Documents[C][]> {
    return this.#build.read((documents) => documents.scan(collection, checkedAfter(afterId), checkedLimit(limit)));
  }

  async beginRebuild(): Promise<Rebuild> {
    const client = this.#client;
    const build = await client.run<number>(BEGIN_BUILD, null);
    const discard = async (one: number): Promise<void> => {
      await client.run(DISCARD_BUILD, one);
    };
    return {
      target: new EmbeddedReadModel(client, this.#madeBy, build),
      swap: async () => {
        const before = await client.run<number>(SWAP_BUILD, build);
        // Only after its answer: a read on this thread that found the old build to be the live one has ended by now.
        await discard(before);
      },
      discard: () => discard(build),
    };
  }

  async ping(): Promise<void> {
    await this.#client.run(PING_READ_MODEL, null);
  }
}
