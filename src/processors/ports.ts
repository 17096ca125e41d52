import type { LastEvent, Position } from '../event-store/position.js';

/**
 * Leader leases: who runs a processor now. The lease is no fence: a paused process may go on after losing it, so concurrent runs
 * must be harmless. Embedded, one process has the files, so its leases need no writes.
 */
export interface Leases {
  /**
   * Takes or renews the lease `name` for `holder` until `ttlMs` from now: true if it is the holder's now, false if another
   * holds it. Of any number of contenders for a free lease exactly one gets true.
   */
  acquire(name: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Gives the lease up, if it is the holder's. */
  release(name: string, holder: string): Promise<void>;
}

/** How far a processor other than the projector has come. (The projector's checkpoint is stored with its documents.) */
export interface StoredCheckpoint {
  readonly position: Position;
  readonly lastEvent: LastEvent | null;
  /** Whatever small state the processor keeps with it, as JSON text; null if none. */
  readonly state: string | null;
}

export interface Checkpoints {
  /** Null if the processor never stored one. */
  load(processor: string): Promise<StoredCheckpoint | null>;
  /** Stores it; false, changing nothing, if the stored one is not at `previous` (its position; null: there is none). */
  store(processor: string, next: StoredCheckpoint, previous: Position | null): Promise<boolean>;
}
