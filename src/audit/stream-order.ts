import type { RecordedEvent } from '../event-store/event-store.js';
import type { Findings } from './findings.js';
import { StreamRevisions } from './stream-revisions.js';

// Of one gap so many events are named.
const NAMED_OF_A_GAP = 100;
const MAX_PLACES = 1_000;

/** Checks that the revisions of every stream follow each other without a gap. */
export class StreamOrder {
  readonly #next = new StreamRevisions();
  readonly #archivedBefore: (stream: string) => number;
  /** What was passed over and may still come: how many events had been read. */
  readonly #missing = new Map<string, { readonly stream: string; readonly revision: number; readonly order: number }>();

  /** Places that an event without a valid MAC takes: it is found for itself, and they are no gap. */
  readonly #refused = new Set<string>();

  /** `archivedBefore`: the revision before which a stream's events may be missing. */
  constructor(archivedBefore: (stream: string) => number) {
    this.#archivedBefore = archivedBefore;
  }

  /** How many streams there are so far. */
  get streams(): number {
    return this.#next.size;
  }

  /** Takes an event if it is the next one of its stream, as nearly all are; if not, nothing changes, and it is for `take`. */
  takeNext(stream: string, revision: number): boolean {
    return this.#next.advance(stream, revision);
  }

  take({ stream, revision, position, id }: RecordedEvent, order: number, findings: Findings): void {
    const before = this.#next.swap(stream, revision + 1);
    if (revision === before) return;
    if (revision > before) {
      this.#pass(stream, Math.max(before, this.#archivedBefore(stream)), revision, order);
      return;
    }
    this.#next.swap(stream, before);
    const where = { stream, revision, position, event_id: id };
    if (this.#missing.delete(`${revision} ${stream}`))
      findings.add(order, 'reordered', where, 'it stands behind events that it came before');
    else findings.add(order, 'inserted', where, 'its stream has an event of this revision already');
  }

  /** An event without a valid MAC: what it says of its place counts for nothing. */
  refuse({ stream, revision }: RecordedEvent): void {
    const place = `${revision} ${stream}`;
    if (!this.#missing.delete(place) && this.#refused.size < MAX_PLACES) this.#refused.add(place);
  }

  /** An event that stands where no event of the log stands. Answers whether its place in its stream was passed over. */
  misplace({ stream, revision }: RecordedEvent): boolean {
    return this.#missing.delete(`${revision} ${stream}`);
  }

  /** What never came is removed. */
  close(findings: Findings): void {
    for (const { stream, revision, order } of this.#missing.values())
      findings.add(order, 'removed', { stream, revision }, 'the revisions of its stream have a gap here');
  }

  #pass(stream: string, from: number, to: number, order: number): void {
    for (let revision = from; revision < Math.min(to, from + NAMED_OF_A_GAP); revision += 1) {
      const place = `${revision} ${stream}`;
      if (!this.#refused.delete(place) && this.#missing.size < MAX_PLACES)
        this.#missing.set(place, { stream, revision, order });
    }
  }
}
