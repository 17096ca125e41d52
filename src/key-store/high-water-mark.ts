/** How far the log had come: the newest event known, and the history that it belongs to. */
export interface HighWater {
  /** Its position in the log, as the event store writes it (src/event-store/position.ts). */
  readonly position: string;
  readonly eventId: string;
  readonly historyId: string;
}

/**
 * The history of a mark that an import sets on the last event of its export before it appends the first one. No log has a history of this
 * name, so the log is refused until it is marked as restored: an interrupted import ends anywhere.
 */
export const IMPORT_UNDER_WAY = 'import-under-way';

/**
 * Remembers, beside the users' keys and so apart from the log, how far the log had come: a log that was put back to an earlier
 * moment shows by it (G17). Rejects with `StoreUnavailableError` when it cannot answer.
 */
export interface HighWaterMark {
  read(): Promise<HighWater | null>;
  /** Replaces the mark, unless the one that is stored is of the same history and at least as far. Durable when it resolves. */
  write(mark: HighWater): Promise<void>;
  /** The position up to which users have lost their keys and an operator knows of it; null if there is none. A new mark changes nothing of it. */
  keysLostUpTo(): Promise<string | null>;
  /** Notes that position, or with null that there is none. Durable when it resolves. */
  noteKeysLostUpTo(position: string | null): Promise<void>;
}
