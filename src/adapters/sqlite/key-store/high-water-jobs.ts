/** The job module of the high-water mark: what the writer thread of the key store's file runs for it. */
import type { HighWater } from '../../../key-store/high-water-mark.js';
import type { PrepareJobs } from '../jobs.js';

export const WRITE_HIGH_WATER = 'high-water.write';
export const NOTE_KEYS_LOST = 'high-water.keys-lost';

const SCHEMA = `
  create table if not exists high_water (
    id integer primary key check (id = 1),
    position text not null,
    event_id text not null,
    history_id text not null
  ) strict;
  create table if not exists keys_lost (
    id integer primary key check (id = 1),
    up_to text not null
  ) strict;
`;

export const prepare: PrepareJobs = (db) => {
  db.exec(SCHEMA);
  const write = db.prepare(
    `insert into high_water (id, position, event_id, history_id) values (1, ?, ?, ?)
     on conflict (id) do update
     set position = excluded.position, event_id = excluded.event_id, history_id = excluded.history_id
     where history_id <> excluded.history_id or position < excluded.position`,
  );
  const noteLost = db.prepare('insert or replace into keys_lost (id, up_to) values (1, ?)');
  const noteNone = db.prepare('delete from keys_lost');
  return {
    [NOTE_KEYS_LOST]: (upTo: string | null): null => {
      if (upTo === null) noteNone.run();
      else noteLost.run(upTo);
      return null;
    },
    [WRITE_HIGH_WATER]: ({ position, eventId, historyId }: HighWater): null => {
      write.run(position, eventId, historyId);
      return null;
    },
  };
};
