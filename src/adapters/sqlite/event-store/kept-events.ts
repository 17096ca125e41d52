import { growingCache, MAX_KEPT_STREAMS } from '../../../event-store/growing-cache.js';
import type { RecordedEvent } from '../../../event-store/event-store.js';

// What a subscription that is not slow has not read yet is far less.
const MAX_COMMITTED = 2_000;

/**
 * What the one process that writes the file need not read from it: the newest event of some streams, and the events that it has
 * committed last. Both end when somebody else has written to the file: then the file is asked again.
 */
export class KeptEvents {
  /** Of the streams that were asked for. */
  readonly #newest = growingCache<RecordedEvent>(MAX_KEPT_STREAMS);
  /** Consecutive, oldest first. */
  #committed: RecordedEvent[] = [];
  #foreignWrites = 0;

  /** How often somebody else had written to the file by the last answer. */
  get foreignWrites(): number {
    return this.#foreignWrites;
  }

  /** The newest event of a stream; undefined if it has to be read. */
  newestOf(stream: string): RecordedEvent | undefined {
    return this.#newest.get(stream);
  }

  /** Keeps the newest event of a stream, as it was read from the file just now. */
  keepNewest(event: RecordedEvent): void {
    this.#newest.set(event.stream, event);
  }

  /** Takes events that were appended to one stream and are on disk now. */
  append(events: readonly RecordedEvent[]): void {
    const last = events.at(-1);
    const first = events[0];
    if (first === undefined || last === undefined) return;
    if (this.#newest.has(last.stream)) this.#newest.set(last.stream, last);
    const before = this.#committed.at(-1);
    if (before !== undefined && Number(before.position) + 1 !== Number(first.position)) this.#committed = [];
    this.#committed.push(...events);
    if (this.#committed.length > MAX_COMMITTED * 2) this.#committed = this.#committed.slice(-MAX_COMMITTED);
  }

  /** What follows a position, and lets go of what comes before it; null if what is kept does not go on from there. */
  after(position: number, maxCount: number): readonly RecordedEvent[] | null {
    const first = this.#committed[0];
    if (first === undefined) return null;
    const begin = position + 1 - Number(first.position);
    if (begin < 0 || begin > this.#committed.length) return null;
    // What was read on from is done with. Kept for longer, it would only outlive the young generation of the garbage collector.
    if (begin > 0) this.#committed = this.#committed.slice(begin);
    return this.#committed.slice(0, maxCount);
  }

  /** The newest event of a stream may be another one than was kept. */
  forget(stream: string): void {
    this.#newest.delete(stream);
  }

  /** Takes note of how often somebody else has written to the file. */
  noteForeignWrites(count: number): void {
    if (count === this.#foreignWrites) return;
    this.#foreignWrites = count;
    this.#newest.clear();
    this.#committed = [];
  }
}
