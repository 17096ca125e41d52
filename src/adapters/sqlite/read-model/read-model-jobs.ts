import { inTransaction, type Connection } from '../connection.js';
import type { Jobs } from '../jobs.js';
import { pingJob } from '../ping.js';
import type { LastEvent, Position } from '../../../event-store/position.js';
import type { VersionToken } from '../../../read-model/read-model.js';
import { asBytes, textOrNull } from '../text-of-bytes.js';
import { fitBuild, makeBuild, prepareBuilds } from './fit-build.js';
import { dropBuildSchema } from './schema.js';

/** A build by its number, or the live one. */
export type BuildRef = number | 'live';

/** The columns of a session, of an account and of a device's stream, in their order in the table. */
export type SessionRow = readonly [
  id: string,
  userId: string,
  status: string,
  endsAt: number,
  lastUsedAt: number,
  position: Position,
  document: string,
];
export type AccountRow = readonly [id: string, emailKey: string | null, position: Position, document: string];
export type StreamRow = readonly [id: string, suspect: 0 | 1, position: Position, document: string];

export interface ApplyArgs {
  readonly build: BuildRef;
  /** The version of the reducers that made the documents; kept with the first batch of a build. */
  readonly madeBy: string;
  readonly version: VersionToken;
  readonly sessions: readonly SessionRow[];
  readonly accounts: readonly AccountRow[];
  readonly streams: readonly StreamRow[];
  readonly checkpoint: Position;
  /** Null leaves the one there is. */
  readonly lastEvent: LastEvent | null;
}
/** The version afterwards; of a batch that was not applied, the one that was found instead of the expected one. */
export interface ApplyAnswer {
  readonly applied: boolean;
  readonly version: VersionToken;
}

export interface RemoveArgs {
  readonly build: BuildRef;
  readonly sessions: readonly (readonly [id: string, position: Position])[];
}

export const APPLY = 'read-model.apply';
export const REMOVE_SESSIONS = 'read-model.remove-sessions';
/** Begins an empty build and answers its number. */
export const BEGIN_BUILD = 'read-model.begin-build';
/** Makes the build of the given number the live one; answers the number of the one that was, which stays until discarded. */
export const SWAP_BUILD = 'read-model.swap-build';
/** Removes the build of the given number, unless it is the live one. */
export const DISCARD_BUILD = 'read-model.discard-build';
export const PING_READ_MODEL = 'read-model.ping';

/** Names a build at a checkpoint. */
export function versionOf(build: number, checkpoint: Position | null): VersionToken {
  return `${build}:${checkpoint ?? ''}`;
}

export function prepareReadModelJobs(db: Connection): Jobs {
  inTransaction(db, () => prepareBuilds(db));
  const findLive = db.prepare('select build from read_model_builds where live = 1').raw();
  const findOthers = db.prepare('select build from read_model_builds where live = 0').raw();
  const insertBuild = db.prepare('insert into read_model_builds (live) values (?)');
  const deleteBuild = db.prepare('delete from read_model_builds where build = ?');
  const setLive = db.prepare('update read_model_builds set live = ? where build = ?');
  const findCheckpoint = db.prepare(`select ${asBytes('checkpoint')} from read_model_builds where build = ?`).raw();
  const setCheckpoint = db.prepare(`
    update read_model_builds set checkpoint = ?, made_by = coalesce(made_by, ?),
      last_position = coalesce(?, last_position), last_event_id = coalesce(?, last_event_id)
    where build = ?
  `);
  const statements = new Map<number, BuildStatements>();

  function live(): number | undefined {
    return (findLive.get() as [number] | undefined)?.[0];
  }

  function resolve(ref: BuildRef): number {
    const build = ref === 'live' ? live() : ref;
    if (build === undefined) throw new Error('there is no live build');
    return build;
  }

  function statementsOf(build: number): BuildStatements {
    const known = statements.get(build) ?? prepareBuild(db, build);
    statements.set(build, known);
    return known;
  }

  function begin(isLive: boolean): number {
    const build = Number(insertBuild.run(isLive ? 1 : 0).lastInsertRowid);
    makeBuild(db, build);
    return build;
  }

  function discard(build: number): void {
    statements.delete(build);
    db.exec(dropBuildSchema(build));
    deleteBuild.run(build);
  }

  function others(): number[] {
    return (findOthers.all() as [number][]).map(([build]) => build);
  }

  // One process has the file: what is not live now was left behind by one that ended while it was rebuilding.
  inTransaction(db, () => {
    const build = live();
    if (build === undefined) begin(true);
    else fitBuild(db, build);
    others().forEach(discard);
  });

  return {
    [APPLY]: ({ build: ref, madeBy, version, ...changes }: ApplyArgs): ApplyAnswer => {
      const { sessions, accounts, streams, checkpoint, lastEvent } = changes;
      const build = resolve(ref);
      const found = findCheckpoint.get(build) as [Uint8Array | null] | undefined;
      if (found === undefined) throw new Error(`read model build ${build} was discarded`);
      const previous = textOrNull(found[0]);
      const present = versionOf(build, previous);
      if (present !== version) return { applied: false, version: present };
      const { putSession, putAccount, putStream } = statementsOf(build);
      // What is not newer than the checkpoint is here already, or has been removed for good.
      const isNew = (position: Position): boolean => previous === null || position > previous;
      for (const row of sessions.filter((one) => isNew(one[5]))) putSession.run(row);
      for (const row of accounts.filter((one) => isNew(one[2]))) putAccount.run(row);
      for (const row of streams.filter((one) => isNew(one[2]))) putStream.run(row);
      setCheckpoint.run(checkpoint, madeBy, lastEvent?.position ?? null, lastEvent?.eventId ?? null, build);
      return { applied: true, version: versionOf(build, checkpoint) };
    },
    [REMOVE_SESSIONS]: ({ build, sessions }: RemoveArgs): null => {
      const { removeSession } = statementsOf(resolve(build));
      for (const [id, position] of sessions) removeSession.run(id, position);
      return null;
    },
    [BEGIN_BUILD]: (): number => {
      others().forEach(discard);
      return begin(false);
    },
    [SWAP_BUILD]: (build: number): number => {
      if (!others().includes(build)) throw new Error(`read model build ${build} was discarded`);
      const before = resolve('live');
      setLive.run(0, before);
      setLive.run(1, build);
      return before;
    },
    [DISCARD_BUILD]: (build: number): null => {
      if (others().includes(build)) discard(build);
      return null;
    },
    [PING_READ_MODEL]: pingJob(db),
  };
}

type BuildStatements = ReturnType<typeof prepareBuild>;

function prepareBuild(db: Connection, build: number) {
  return {
    putSession: db.prepare(`
      insert into sessions_${build} (id, user_id, status, ends_at, last_used_at, position, document)
      values (?, ?, ?, ?, ?, ?, ?)
      on conflict (id) do update set user_id = excluded.user_id, status = excluded.status, ends_at = excluded.ends_at,
        last_used_at = excluded.last_used_at, position = excluded.position, document = excluded.document
      where excluded.position > position
    `),
    putAccount: db.prepare(`
      insert into accounts_${build} (id, email_key, position, document) values (?, ?, ?, ?)
      on conflict (id) do update set email_key = excluded.email_key, position = excluded.position,
        document = excluded.document
      where excluded.position > position
    `),
    putStream: db.prepare(`
      insert into streams_${build} (id, suspect, position, document) values (?, ?, ?, ?)
      on conflict (id) do update set suspect = excluded.suspect, position = excluded.position, document = excluded.document
      where excluded.position > position
    `),
    removeSession: db.prepare(`delete from sessions_${build} where id = ? and position = ?`),
  };
}
