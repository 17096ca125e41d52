import type { Instant } from '../domain/instant.js';
import type { EventLog } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import { taken, type Takes } from './processor.js';

export interface LagOptions {
  readonly log: Pick<EventLog, 'end' | 'readAll'>;
  /** How far the log was handled; null for not at all. */
  readonly checkpoint: Position | null;
  readonly takes: Takes;
  /** Milliseconds since 1970. */
  readonly now: () => Instant;
}

const PAGE = 500;
// Beyond so many events of nobody's interest the search is given up: the answer is unknown, which is not 0.
const MAX_PAGES = 20;

/**
 * How old the oldest event is, in milliseconds, that was not handled yet; 0 if there is none; null if that is unknown, as with a
 * checkpoint that is no place in this log. Rejects as the log does.
 */
export async function lagOf({ log, checkpoint, takes, now }: LagOptions): Promise<number | null> {
  const end = await log.end();
  if (checkpoint !== null && (end === null || checkpoint > end)) return null;
  let after = checkpoint;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await log.readAll({ maxCount: PAGE, ...(after === null ? {} : { after }) });
    const [oldest] = taken(page.events, takes);
    if (oldest !== undefined) return Math.max(0, now() - oldest.occurredAt);
    if (page.isEnd) return 0;
    after = page.position;
  }
  return null;
}
