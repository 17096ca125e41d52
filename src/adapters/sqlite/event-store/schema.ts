/**
 * `position` grows by one with every event and never comes back, also after a deletion (AUTOINCREMENT); `revision` grows within a
 * stream. Names are kept once, in `streams`, and ids as 16 bytes: what an append costs does not depend on how much there is
 * already, and a rotation takes few bytes.
 */
export const TABLES = `
  create table if not exists streams (
    id integer primary key,
    name text not null unique
  ) strict;
  create table if not exists events (
    position integer primary key autoincrement,
    stream_id integer not null,
    revision integer not null,
    id blob not null,
    type text not null,
    data text not null,
    metadata text not null
  ) strict;
`;

/** What every read of a stream goes by, and what lets no two events have one revision. */
export const INDEX = 'create unique index if not exists events_by_stream on events (stream_id, revision);';
