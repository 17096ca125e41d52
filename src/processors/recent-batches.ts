import type { LogBatch, LogEvent } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';

// Enough for a reader that is busy for a moment; one that is further behind reads the log itself.
const MAX_EVENTS = 2_000;

/** The newest stretch of the log, in memory. The empty string stands for the place before the first event. */
export class RecentBatches {
  #batches: LogBatch[] = [];
  #events = 0;
  /** The batches begin after this position. */
  #floor: Position = '';
  #position: Position | undefined;

  /** How far the log was read; undefined before `begin`. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Begins at a position, with nothing in memory. */
  begin(position: Position): void {
    this.clear();
    this.#floor = position;
    this.#position = position;
  }

  clear(): void {
    this.#batches = [];
    this.#events = 0;
    this.#position = undefined;
  }

  add(batch: LogBatch): void {
    this.#position = batch.position;
    const last = this.#batches.at(-1);
    // Events of others may come in any number: a batch without events only moves the one before it.
    if (batch.events.length === 0 && last !== undefined)
      this.#batches[this.#batches.length - 1] = { ...last, position: batch.position };
    else this.#batches.push(batch);
    this.#events += batch.events.length;
    while (this.#events > MAX_EVENTS) this.#dropOldest();
  }

  /** Whether what is in memory goes on from a position without a gap. */
  goesOnFrom(position: Position): boolean {
    return this.#position !== undefined && position >= this.#floor && position <= this.#position;
  }

  /** What comes after a position, at least `maxEvents` of it if there are so many; null if there is nothing yet. */
  after(position: Position, maxEvents: number): LogBatch | null {
    // From the end: a reader that is not slow wants the last one or two.
    const before = this.#batches.findLastIndex((batch) => batch.position <= position);
    if (before === this.#batches.length - 1) return null;
    const events: LogEvent[] = [];
    let reached = position;
    for (const batch of this.#batches.slice(before + 1)) {
      events.push(...batch.events.filter((event) => event.position > position));
      reached = batch.position;
      if (events.length >= maxEvents) break;
    }
    return { events, position: reached };
  }

  #dropOldest(): void {
    const oldest = this.#batches.shift();
    if (oldest === undefined) return;
    this.#events -= oldest.events.length;
    this.#floor = oldest.position;
  }
}
