import type { ArchiveReport } from '../audit/archive/archive-log.js';
import type { Actor } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import type { ArchiveStep } from '../event-store/archive-draft.js';

export interface ArchiveRequest {
  /** Events before it are archived. */
  readonly before: Instant;
  /** The folder of archives that it is written into; null: the one that readers look into. */
  readonly out: string | null;
  /** Give the room in the file back. */
  readonly shrink: boolean;
  readonly actor: Actor;
  /** How many events were looked at so far, and about what share of the work that is, 0 to 1. */
  readonly onProgress: (events: number, share: number) => void;
  /** Called when a step is done, and awaited: tests end the process there. */
  readonly onStep?: (step: ArchiveStep) => Promise<void>;
}

export interface ArchiveAnswer extends ArchiveReport {
  /** The folder of archives. */
  readonly folder: string;
  /** Whether readers look into that folder. */
  readonly is_read: boolean;
  /** The size of the log's file, if it was shrunk. */
  readonly log_bytes: number | null;
}

/** Moving old events out of the log. */
export interface ArchiveActions {
  /**
   * Rejects with `OperatorInputError` for an instant in the future, with `OperatorRefusedError` where a processor has not come far
   * enough, the log does not fit its notes, or the file cannot be shrunk; with `RefusedEventError` for a log that was altered.
   */
  archive(request: ArchiveRequest): Promise<ArchiveAnswer>;
}
