import { leafRecord } from '../event-store/event-record.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { LastEvent, Position } from '../event-store/position.js';
import type { Leaf } from './leaf-hashes.js';
import { leafHashText } from './merkle.js';

/** Leaves that follow each other without a gap. */
export interface LeavesPage {
  readonly leaves: readonly Leaf[];
  /** The event of the last of them. */
  readonly last: LastEvent;
}

/** A leaf that waits; its hash a character a byte, since a small buffer each would keep the garbage collector busy. */
interface Waiting {
  readonly of: LastEvent;
  readonly stream: string;
  readonly revision: number;
  readonly hash: string;
}

// Twice as many as are sealed before their time: a sealer that takes none does not grow without end.
const MAX_LEAVES = 20_000;
// Storing a page holds up everything else in its process: so many leaves take a millisecond.
const PAGE = 200;

/**
 * The leaves of the newest events, made as the events come from the store's subscription: the sealer does not read and check those again.
 * What is missing here is read from the log.
 */
export class RecentLeaves {
  /** They begin after this position; null until it is known. */
  #floor: Position | null = null;
  #position: Position = '';
  #waiting: Waiting[] = [];

  /** Takes in consecutive events of ours, whose MACs are valid, and how far the log was read. */
  add(events: readonly RecordedEvent[], position: Position): void {
    const floor = this.#floor;
    // Should the making of a leaf fail, what is here has a gap.
    this.#floor = null;
    // Where the first batch begins is not known: none of it is kept.
    if (floor === null) this.#waiting = [];
    else
      for (const event of events) {
        const { stream, revision, id: eventId } = event;
        const of = { position: event.position, eventId };
        this.#waiting.push({ of, stream, revision, hash: leafHashText(leafRecord(event)) });
      }
    this.#floor = floor ?? position;
    this.#position = position;
    if (this.#waiting.length > MAX_LEAVES) this.clear();
  }

  /** Takes out all leaves after a position, in pages; none if those that follow it are not all here. */
  take(after: Position): readonly LeavesPage[] {
    if (this.#floor === null || after < this.#floor || after > this.#position) return [];
    const taken = this.#waiting.filter(({ of }) => of.position > after);
    this.#waiting = [];
    // Not as far as the log was read: who asks next may know of no event behind the last one.
    this.#floor = taken.at(-1)?.of.position ?? after;
    const pages: LeavesPage[] = [];
    for (let from = 0; from < taken.length; from += PAGE) pages.push(pageOf(taken.slice(from, from + PAGE)));
    return pages;
  }

  /** Forgets all of it: events may have been missed, or nobody seals here. */
  clear(): void {
    this.#floor = null;
    this.#waiting = [];
  }
}

function pageOf(waiting: readonly Waiting[]): LeavesPage {
  const leaves = waiting.map(({ of: { eventId }, stream, revision, hash }) => {
    return { eventId, stream, revision, hash: Buffer.from(hash, 'latin1') };
  });
  return { leaves, last: waiting.at(-1)?.of ?? { position: '', eventId: '' } };
}
