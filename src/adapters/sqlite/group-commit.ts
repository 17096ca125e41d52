import type { Connection } from './connection.js';
import { isStorageFailure, reasonOf } from './errors.js';
import type { Answer, Failure, JobCall } from './messages.js';

export type RunJob = (job: string, args: unknown) => unknown;

/** Who hears of transactions. Only `begun` may throw, as the storage does. */
export interface TransactionListeners {
  readonly begun: () => void;
  readonly committed: () => void;
  readonly rolledBack: () => void;
}

/**
 * Runs groups of jobs, each group in one transaction: one flush to the disk for all of them. Answers exist only after the
 * commit. If a job throws, the group is rolled back and each job runs in a transaction of its own, so that only it fails.
 */
export class GroupCommit {
  readonly #db: Connection;
  readonly #run: RunJob;
  readonly #listeners: TransactionListeners;

  constructor(db: Connection, run: RunJob, listeners: TransactionListeners) {
    this.#db = db;
    this.#run = run;
    this.#listeners = listeners;
  }

  /** One answer a job, in their order. Never throws. */
  commit(group: readonly JobCall[]): readonly Answer[] {
    const attempt = this.#transaction(group);
    if ('answers' in attempt) {
      // Outside of what may fail: what is stored is never answered as unavailable.
      this.#listeners.committed();
      return attempt.answers;
    }
    if (attempt.failedAt === 'commit' || group.length === 1) return group.map(() => ({ failure: attempt.failure }));
    return group.flatMap((call) => this.commit([call]));
  }

  #transaction(
    group: readonly JobCall[],
  ): { answers: readonly Answer[] } | { failedAt: 'job' | 'commit'; failure: Failure } {
    // Beginning and committing are the storage's work: what fails there would fail for each job alone as well.
    let step: 'job' | 'commit' = 'commit';
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      this.#listeners.begun();
      step = 'job';
      const answers = group.map(([job, args]) => ({ result: this.#run(job, args) }));
      step = 'commit';
      this.#db.exec('COMMIT');
      return { answers };
    } catch (error) {
      this.#rollBack();
      return { failedAt: step, failure: failureOf(error) };
    }
  }

  #rollBack(): void {
    this.#listeners.rolledBack();
    // SQLite has rolled back already after most failures of the storage.
    if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
  }
}

function failureOf(error: unknown): Failure {
  const reason = reasonOf(error);
  if (isStorageFailure(error)) return { kind: 'unavailable', reason };
  const stack = typeof error === 'object' && error !== null && 'stack' in error ? String(error.stack) : undefined;
  return { kind: 'defect', reason, stack };
}
