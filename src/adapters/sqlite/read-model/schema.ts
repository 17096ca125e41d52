/**
 * A build is one whole set of documents with its checkpoint: the live one, and while the read model is being rebuilt the one
 * beside it. Numbers are never used again, so that nothing can be mistaken for an earlier build. `made_by` is the version of the
 * reducers that made the documents; the last event is the last one that was applied.
 */
export const BUILDS_SCHEMA = `
  create table if not exists read_model_builds (
    build integer primary key autoincrement,
    live integer not null,
    checkpoint text,
    made_by text,
    last_position text,
    last_event_id text
  ) strict;
  create unique index if not exists live_read_model_build on read_model_builds (live) where live = 1;
`;

/** What the names of a build's tables begin with. */
export const BUILD_TABLES = ['sessions', 'accounts', 'streams'] as const;

/**
 * The tables of one build, where they are missing. The document is JSON; beside it only what is searched by. A session that is used
 * moves in one index alone: those that are active and those that have ended are ordered by their end apart from each other.
 */
export function buildSchema(build: number): string {
  return `
    create table if not exists sessions_${build} (
      id text primary key,
      user_id text not null,
      status text not null,
      ends_at integer not null,
      last_used_at integer not null,
      position text not null,
      document text not null
    ) strict;
    create index if not exists sessions_${build}_active_by_user on sessions_${build} (user_id) where status = 'active';
    create index if not exists sessions_${build}_ended_by_user on sessions_${build} (user_id, ends_at, id)
      where status <> 'active';
    create index if not exists sessions_${build}_active_by_end on sessions_${build} (ends_at, id) where status = 'active';
    create index if not exists sessions_${build}_ended_by_end on sessions_${build} (ends_at, id) where status <> 'active';
    create table if not exists accounts_${build} (
      id text primary key,
      email_key text,
      position text not null,
      document text not null
    ) strict;
    create index if not exists accounts_${build}_by_email on accounts_${build} (email_key) where email_key is not null;
    create table if not exists streams_${build} (
      id text primary key,
      suspect integer not null,
      position text not null,
      document text not null
    ) strict;
    create index if not exists streams_${build}_suspect on streams_${build} (id) where suspect = 1;
  `;
}

export function dropBuildSchema(build: number): string {
  return BUILD_TABLES.map((table) => `drop table if exists ${table}_${build};`).join(' ');
}

/** The checkpoints of processors other than the projector. */
export const CHECKPOINTS_SCHEMA = `
  create table if not exists processor_checkpoints (
    processor text primary key,
    position text not null,
    last_position text,
    last_event_id text,
    state text
  ) strict, without rowid;
`;
