import type { Landmark, Position } from '../../../event-store/position.js';
import type { Query, SqliteClient, SqliteFile } from '../sqlite-file.js';
import type { AccountDocument, Collection, DocumentKey, Documents, Placed, SessionDocument } from '../../../read-model/documents.js';
import { CheckpointMovedError, type EndingPage, type ProjectedBatch, type ReadModel, type Rebuild } from '../../../read-model/read-model.js';
import { BuildQueries } from './build-queries.js';
import {
  APPLY,
  BEGIN_BUILD,
  DISCARD_BUILD,
  PING_READ_MODEL,
  REMOVE_SESSIONS,
  SWAP_BUILD,
  type AccountRow,
  type ApplyAnswer,
  type ApplyArgs,
  type BuildRef,
  type RemoveArgs,
  type SessionRow,
} from './read-model-jobs.js';

/** The job module that a SQLite file must be opened with to hold the read model and the leases. */
export const READ_MODEL_JOBS = new URL('./jobs.js', import.meta.url);

/**
 * The read model in a SQLite file, opened with `READ_MODEL_JOBS` among its job modules. Other stores may share the file, so
 * closing this one leaves the file to its owner.
 */
export function openEmbeddedReadModel(file: SqliteFile): ReadModel {
  return new EmbeddedReadModel(file.client('read model'), 'live');
}

class EmbeddedReadModel implements ReadModel {
  readonly #client: SqliteClient;
  readonly #ref: BuildRef;
  readonly #liveBuild: Query;
  readonly #checkpointOf: Query;
  readonly #landmarkOf: Query;
  #queries: { readonly build: number; readonly of: BuildQueries } | null = null;

  constructor(client: SqliteClient, ref: BuildRef) {
    this.#client = client;
    this.#ref = ref;
    this.#liveBuild = client.query('select build from read_model_builds where live = 1');
    this.#checkpointOf = client.query('select checkpoint from read_model_builds where build = ?');
    this.#landmarkOf = client.query('select position, event_id from read_model_landmarks where build = ?');
  }

  checkpoint(): Promise<Position | null> {
    return now(() => (this.#checkpointOf.get(this.#build())?.[0] ?? null) as Position | null);
  }

  landmark(): Promise<Landmark | null> {
    return now(() => {
      const [position, eventId] = (this.#landmarkOf.get(this.#build()) ?? []) as [Position?, string?];
      return position === undefined || eventId === undefined ? null : { position, eventId };
    });
  }

  load(keys: readonly DocumentKey[]): Promise<readonly Placed[]> {
    return this.#read((documents) => keys.flatMap(({ collection, id }) => placed(documents, collection, id)));
  }

  async apply({ documents, previousCheckpoint, checkpoint, landmark }: ProjectedBatch): Promise<void> {
    const sessions: SessionRow[] = [];
    const accounts: AccountRow[] = [];
    for (const { collection, document } of documents) {
      if (collection === 'sessions') sessions.push(sessionRow(document));
      else accounts.push([document.id, document.position, JSON.stringify(document)]);
    }
    const args: ApplyArgs = {
      build: this.#ref,
      sessions,
      accounts,
      previousCheckpoint,
      checkpoint,
      landmark: landmark ?? null,
    };
    const answer = await this.#client.run<ApplyAnswer>(APPLY, args);
    if (answer !== null) throw new CheckpointMovedError(previousCheckpoint, answer.actual);
  }

  session(sid: string): Promise<SessionDocument | null> {
    return this.#read((documents) => documents.find('sessions', sid));
  }

  activeSessionsOf(userId: string): Promise<readonly SessionDocument[]> {
    return this.#read((documents) => documents.activeSessionsOf(userId));
  }

  account(userId: string): Promise<AccountDocument | null> {
    return this.#read((documents) => documents.find('accounts', userId));
  }

  accounts(userIds: readonly string[]): Promise<readonly AccountDocument[]> {
    return this.#read((documents) => documents.accounts(userIds));
  }

  sessionsEnding(page: EndingPage): Promise<readonly SessionDocument[]> {
    return this.#read((documents) => documents.sessionsEnding(page));
  }

  async removeSessions(sessions: readonly Pick<SessionDocument, 'id' | 'position'>[]): Promise<void> {
    const args: RemoveArgs = { build: this.#ref, sessions: sessions.map(({ id, position }) => [id, position]) };
    await this.#client.run(REMOVE_SESSIONS, args);
  }

  scan<C extends Collection>(collection: C, afterId: string | null, limit: number): Promise<readonly Documents[C][]> {
    return this.#read((documents) => documents.scan(collection, afterId, limit));
  }

  async beginRebuild(): Promise<Rebuild> {
    const client = this.#client;
    const build = await client.run<number>(BEGIN_BUILD, null);
    const discard = async (one: number): Promise<void> => {
      await client.run(DISCARD_BUILD, one);
    };
    return {
      target: new EmbeddedReadModel(client, build),
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

  close(): Promise<void> {
    return Promise.resolve();
  }

  #build(): number {
    return this.#ref === 'live' ? Number(this.#liveBuild.get()?.[0]) : this.#ref;
  }

  #read<T>(read: (documents: BuildQueries) => T): Promise<T> {
    return now(() => {
      const build = this.#build();
      if (this.#queries?.build !== build) this.#queries = { build, of: new BuildQueries(this.#client, build) };
      return read(this.#queries.of);
    });
  }
}

/** Reading is a matter of microseconds, so it is done at once, on the calling thread; a failure rejects. */
function now<T>(read: () => T): Promise<T> {
  return new Promise((resolve) => resolve(read()));
}

function placed(documents: BuildQueries, collection: Collection, id: string): Placed[] {
  if (collection === 'sessions') {
    const document = documents.find(collection, id);
    return document === null ? [] : [{ collection, document }];
  }
  const document = documents.find(collection, id);
  return document === null ? [] : [{ collection, document }];
}

function sessionRow(session: SessionDocument): SessionRow {
  const { id, userId, status, endsAt, position } = session;
  return [id, userId, status, endsAt, position, JSON.stringify(session)];
}
