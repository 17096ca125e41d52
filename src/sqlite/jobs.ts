import type { Connection } from './connection.js';

/**
 * Jobs by name. A job runs inside a transaction of the writer thread and may share it with others, so one that refuses (a
 * conflict, say) must do so before it writes, by what it returns; throwing means a defect or a failing storage. Arguments
 * and results cross threads as structured clones.
 */
export type Jobs = Readonly<Record<string, (args: never) => unknown>>;

/** What a job module exports as `prepare`: creates its tables where they are missing and returns its jobs. */
export type PrepareJobs = (db: Connection, transactions: Transactions) => Jobs;

/** For jobs that remember what they wrote: after a rollback none of it is true. */
export interface Transactions {
  onRollback(forget: () => void): void;
}
