/** The job module of the key store: what the writer thread of its SQLite file runs for it. */
import { BUSY_TIMEOUT_MS } from '../connection.js';
import type { PrepareJobs } from '../jobs.js';
import { pingJob } from '../ping.js';

export interface CreateKeyArgs {
  readonly userId: string;
  readonly wrappedKey: Uint8Array;
}

export interface DestroyKeyArgs {
  readonly userId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface ReplaceKeyArgs {
  readonly userId: string;
  readonly expected: Uint8Array;
  readonly wrappedKey: Uint8Array;
}

/** The key that is stored now; null if the user's key was destroyed. */
export type CreateKeyAnswer = Uint8Array | null;

export const CREATE_KEY = 'key-store.create';
export const REPLACE_KEY = 'key-store.replace';
export const DESTROY_KEY = 'key-store.destroy';
/** Does nothing by itself: its commit folds the write-ahead log in. */
export const FOLD_IN = 'key-store.fold-in';
/** Whether the write-ahead log may still hold what was destroyed or replaced. */
export const HAS_TRACES = 'key-store.has-traces';
export const PING_KEYS = 'key-store.ping';

const FOLD_IN_TIMEOUT_MS = 100;

const SCHEMA = `
  create table if not exists user_keys (
    user_id text primary key,
    -- Null once destroyed: the row stays, so that it is remembered.
    wrapped_key blob,
    -- Milliseconds since 1970; null while there is a key.
    destroyed_at integer
  ) strict;
`;

export const prepare: PrepareJobs = (db, transactions) => {
  // What is deleted is overwritten, not only let go of.
  db.exec('PRAGMA secure_delete=ON');
  db.exec(SCHEMA);
  const find = db.prepare('select wrapped_key from user_keys where user_id = ?').raw();
  const insert = db.prepare('insert into user_keys (user_id, wrapped_key) values (?, ?)');
  const replace = db.prepare('update user_keys set wrapped_key = ? where user_id = ? and wrapped_key = ?');
  const destroy = db.prepare(
    `insert into user_keys (user_id, destroyed_at) values (?, ?)
     on conflict (user_id) do update set wrapped_key = null, destroyed_at = coalesce(destroyed_at, excluded.destroyed_at)`,
  );
  const foldIn = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').raw();

  // The write-ahead log still holds the key, until it is folded in and cut; a reader in between makes that wait for another time.
  // One that was killed in between left it to the next.
  let lingering = true;
  transactions.onCommit(() => {
    if (!lingering) return;
    // Nobody who registers waits for a reader as long as a backup: a caller that needs it gone asks again (`removeTraces`).
    db.exec(`PRAGMA busy_timeout=${FOLD_IN_TIMEOUT_MS}`);
    const [busy] = foldIn.get() as [number];
    db.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    lingering = busy !== 0;
  });

  return {
    [CREATE_KEY]: ({ userId, wrappedKey }: CreateKeyArgs): CreateKeyAnswer => {
      const stored = find.get(userId) as [CreateKeyAnswer] | undefined;
      if (stored !== undefined) return stored[0];
      insert.run(userId, wrappedKey);
      return wrappedKey;
    },
    [REPLACE_KEY]: ({ userId, expected, wrappedKey }: ReplaceKeyArgs): boolean => {
      const replaced = replace.run([wrappedKey, userId, expected]).changes === 1;
      // What a former master key opens must not stay either.
      lingering ||= replaced;
      return replaced;
    },
    [DESTROY_KEY]: ({ userId, at }: DestroyKeyArgs): null => {
      destroy.run(userId, at);
      lingering = true;
      return null;
    },
    [FOLD_IN]: (): null => null,
    [HAS_TRACES]: (): boolean => lingering,
    [PING_KEYS]: pingJob(db),
  };
};
