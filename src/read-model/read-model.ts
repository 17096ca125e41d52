import type { Instant } from '../domain/instant.js';
import type { Landmark, Position } from '../event-store/position.js';
import type { AccountDocument, Collection, DocumentKey, Documents, Placed, SessionDocument } from './documents.js';

/** What one batch of events changes: whole documents, and the checkpoint that goes with them. */
export interface ProjectedBatch {
  readonly documents: readonly Placed[];
  /** The checkpoint this batch was computed from. */
  readonly previousCheckpoint: Position | null;
  /** The checkpoint after it. */
  readonly checkpoint: Position;
  /** The last event of the batch; not set if it holds none. */
  readonly landmark?: Landmark;
}

/** A page of sessions by the instant they end, oldest first. */
export interface EndingPage {
  /** Only sessions whose `endsAt` is at or before this. */
  readonly endsBy: Instant;
  /** Only those still `active` by their own stream (default: whatever their status). */
  readonly activeOnly?: boolean;
  /** Continue after this session (its endsAt and id), as the last page ended. */
  readonly after?: Pick<SessionDocument, 'endsAt' | 'id'>;
  readonly limit: number;
}

/**
 * The read model: the port. Every method rejects with `StoreUnavailableError` when the store cannot answer.
 */
export interface ReadModel {
  /** The position up to which the log was applied; null before the first batch. */
  checkpoint(): Promise<Position | null>;
  /** The last event that was applied: by it the log is known again. Null if none was, or none was noted. */
  landmark(): Promise<Landmark | null>;
  /** The documents there are among the asked ones, in no order. */
  load(keys: readonly DocumentKey[]): Promise<readonly Placed[]>;
  /**
   * Stores a batch and its checkpoint so that a crash at any point leaves both or can be repeated harmlessly: a document is
   * only ever replaced by one with a higher position. Rejects with `CheckpointMovedError`, changing nothing, if the
   * checkpoint is no longer the batch's `previousCheckpoint`: another projector is at work.
   */
  apply(batch: ProjectedBatch): Promise<void>;

  session(sid: string): Promise<SessionDocument | null>;
  /** The user's sessions that are `active` by their own stream, newest use first. */
  activeSessionsOf(userId: string): Promise<readonly SessionDocument[]>;
  account(userId: string): Promise<AccountDocument | null>;
  accounts(userIds: readonly string[]): Promise<readonly AccountDocument[]>;
  sessionsEnding(page: EndingPage): Promise<readonly SessionDocument[]>;
  /** Removes sessions for good (retention); a removed session does not come back, not even by a projector that lost its lease. */
  removeSessions(sessions: readonly Pick<SessionDocument, 'id' | 'position'>[]): Promise<void>;
  /** A page of a collection in the order of ids, after the given id: for comparing a rebuild. */
  scan<C extends Collection>(collection: C, afterId: string | null, limit: number): Promise<readonly Documents[C][]>;

  /** Begins an empty read model beside this one. A rebuild that was left unfinished earlier is discarded. */
  beginRebuild(): Promise<Rebuild>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A read model being built anew beside the live one. */
export interface Rebuild {
  readonly target: ReadModel;
  /** Makes the target the live read model in one step, checkpoint included, and removes the old one. */
  swap(): Promise<void>;
  /** Removes the target; the live one stays. */
  discard(): Promise<void>;
}

/** The checkpoint was moved by another projector since this one read it. */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';

  constructor(expected: Position | null, actual: Position | null) {
    super(`checkpoint is ${actual ?? 'unset'}, expected ${expected ?? 'unset'}`);
  }
}
