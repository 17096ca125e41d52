import type { LastEvent, Position } from '../event-store/position.js';

/** A leaf of the tree over the log: which event it is of, and its hash. */
export interface Leaf {
  readonly eventId: string;
  /** The whole name, prefix included. */
  readonly stream: string;
  readonly revision: number;
  readonly hash: Buffer;
}

/** How far the leaves go. */
export interface LeafProgress {
  /** How many leaves there are. */
  readonly size: number;
  /** How far the log was read for them. */
  readonly position: Position;
  /** The event of the last leaf. */
  readonly lastEvent: LastEvent;
}

/** The complete subtrees of the tree as of a note, the largest first: from there on its root need not be computed from the beginning. */
export interface RememberedTree {
  readonly size: number;
  readonly roots: readonly Buffer[];
}

/**
 * The hashes of the leaves of the tree over the log, outside the log, by their index from 0, and which leaf an event is. All of it can be
 * made of the log again; nobody trusts it without comparing its root with a signed one. Two that append at once append the same.
 */
export interface LeafHashes {
  /** Null if there are none. */
  progress(): Promise<LeafProgress | null>;
  /** Appends leaves after the first `from` ones; false, changing nothing, if there are more or fewer. */
  append(from: number, leaves: readonly Leaf[], progress: Omit<LeafProgress, 'size'>): Promise<boolean>;
  /** At most so many leaves from an index on, in order. */
  read(from: number, maxCount: number): Promise<readonly Leaf[]>;
  /** The index of the first leaf of an event; null if there is none. */
  indexOf(eventId: string): Promise<number | null>;
  remember(tree: RememberedTree): Promise<void>;
  remembered(): Promise<RememberedTree | null>;
  /** Removes all of them: they are of another log. */
  clear(): Promise<void>;
}
