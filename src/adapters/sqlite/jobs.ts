import type { Connection } from './connection.js';

/**
 * Jobs by name. A job runs inside a transaction of the writer thread and may share it with others, so one that refuses (a
 * conflict, say) must do so before it writes, by what it returns; throwing means a defect or a failing storage. Arguments
 * and results cross threads as structured clones.
 */
export type Jobs = Readonly<Record<string, (args: never) => unknown>>;

/** What a job module exports as `prepare`: creates its tables where they are missing and returns its jobs. */
export type PrepareJobs = (db: Connection, transactions: Transactions) => Jobs;

/** What a job module may need to know of the transactions its jobs run in. */
export interface Transactions {
  /** Called within each transaction, before its first job. A failure of the storage may throw. */
  onBegin(look: () => void): void;
  /** For jobs that remember what they wrote: after a rollback none of it is true. */
  onRollback(forget: () => void): void;
  /**
   * For what can be done outside transactions only: called after each commit, before its jobs are answered. What it
   * throws is reported, and changes nothing for them.
   */
  onCommit(act: () => void): void;
}
