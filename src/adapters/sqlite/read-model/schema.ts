/**
 * A build is one whole set of documents with its checkpoint: the live one, and while the read model is being rebuilt the one
 * beside it. Numbers are never used again, so that nothing can be mistaken for an earlier build. Its landmark is the last event
 * that was applied.
 */
export const BUILDS_SCHEMA = `
  create table if not exists read_model_builds (
    build integer primary key autoincrement,
    live integer not null,
    checkpoint text
  ) strict;
  create unique index if not exists live_read_model_build on read_model_builds (live) where live = 1;
  create table if not exists read_model_landmarks (
    build integer primary key,
    position text not null,
    event_id text not null
  ) strict;
`;

/**
 * The tables of one build. The document is JSON; beside it only what is searched by. A session that is used moves in one index
 * alone: those that are active and those that have ended are ordered by their end apart from each other.
 */
export function buildSchema(build: number): string {
  return `
    create table sessions_${build} (
      id text primary key,
      user_id text not null,
      status text not null,
      ends_at text not null,
      position text not null,
      document text not null
    ) strict;
    create index sessions_${build}_active_by_user on sessions_${build} (user_id) where status = 'active';
    create index sessions_${build}_active_by_end on sessions_${build} (ends_at, id) where status = 'active';
    create index sessions_${build}_ended_by_end on sessions_${build} (ends_at, id) where status <> 'active';
    create table accounts_${build} (
      id text primary key,
      position text not null,
      document text not null
    ) strict;
  `;
}

export function dropBuildSchema(build: number): string {
  return `drop table sessions_${build}; drop table accounts_${build};`;
}
