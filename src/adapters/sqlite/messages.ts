import type { MessagePort } from 'node:worker_threads';

/** An order to the writer thread: to open a file, whose jobs come by a port of its own. */
export interface OpenOrder {
  readonly setup: WriterSetup;
  readonly port: MessagePort;
}

/** What a file is opened with. */
export interface WriterSetup {
  readonly path: string;
  readonly jobModules: readonly string[];
}

/** A job to run: its name and its arguments. */
export type JobCall = readonly [job: string, args: unknown];

/** A group of jobs for one transaction, or the order to end. */
export type ToWriter = { readonly group: readonly JobCall[] } | { readonly close: true };

/** Why a job has no result: the storage could not, or the job itself threw. Plain data, errors do not cross threads whole. */
export type Failure =
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'defect'; readonly reason: string; readonly stack: string | undefined };

export type Answer = { readonly result: unknown } | { readonly failure: Failure };

/** The thread has opened the file, or could not; then the answers of each group, in the order of its jobs. */
export type FromWriter =
  | { readonly ready: true }
  | { readonly openFailed: string }
  | { readonly answers: readonly Answer[] }
  /** What was asked is done, and something beside it failed. */
  | { readonly warning: string };
