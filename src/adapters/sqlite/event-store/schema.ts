/**
 * `position` grows by one with every event, `revision` within its stream. Names are kept once, in `streams`, so that the
 * index that finds a stream's events stays small: what an append costs does not depend on how much there is already.
 */
export const SCHEMA = `
  create table if not exists streams (
    id integer primary key,
    name text not null unique
  ) strict;
  create table if not exists events (
    position integer primary key,
    stream_id integer not null,
    revision integer not null,
    id text not null,
    type text not null,
    data text not null,
    metadata text not null
  ) strict;
  create unique index if not exists events_by_stream on events (stream_id, revision);
`;
