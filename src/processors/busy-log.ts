import { StoreUnavailableError } from '../domain/unavailable.js';
import type { EventLog } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';

/**
 * A log to which something is appended all the time is never quiet, and there is always more of it: its receivers are caught up when
 * they have read what it held when it was looked at.
 */
export class BusyLog {
  readonly #log: Pick<EventLog, 'end'>;
  readonly #heartbeatMs: number;
  #end: Position | null = null;
  #caughtUpAt: number | null = null;

  constructor(log: Pick<EventLog, 'end'>, heartbeatMs: number) {
    this.#log = log;
    this.#heartbeatMs = heartbeatMs;
  }

  caughtUp(): void {
    this.#end = null;
    this.#caughtUpAt = performance.now();
  }

  /** Whether a receiver that has come to a position has caught up; no more often than it has to be sent. */
  async isPassed(position: Position): Promise<boolean> {
    const isDue = this.#caughtUpAt === null || performance.now() - this.#caughtUpAt >= this.#heartbeatMs;
    if (!isDue) return false;
    if (this.#end === null) {
      this.#end = await this.#log.end().catch(onlyUnavailable);
      return false;
    }
    if (position < this.#end) return false;
    this.caughtUp();
    return true;
  }
}

function onlyUnavailable(error: unknown): null {
  if (error instanceof StoreUnavailableError) return null;
  throw error;
}
