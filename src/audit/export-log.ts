import type { Instant } from '../domain/instant.js';
import type { AuthenticLog } from '../event-store/authentic-log.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import { parseMetadata } from '../event-store/stored-metadata.js';
import { lineOf, type ExportLine } from '../event-store/export-line.js';

/** From an instant (inclusive) to another (exclusive); null: no end. */
export interface Period {
  readonly from: Instant | null;
  readonly to: Instant | null;
}

const PAGE = 500;

/** Whether an instant lies in a period. */
export function isWithin({ from, to }: Period, instant: Instant): boolean {
  return (from === null || instant >= from) && (to === null || instant < to);
}

/**
 * All events in streams of ours, oldest first, as they are stored: ids, MACs, revisions and order too. Disowned ones as well, since
 * revisions count them. Rejects with `RefusedEventError` at an event without a valid MAC, and as the store does.
 */
export async function* exportLog(log: AuthenticLog, period: Period): AsyncGenerator<ExportLine, void, undefined> {
  let after: string | null = null;
  for (;;) {
    const page = await log.page(after, PAGE);
    for (const { recorded, verdict } of page.events) {
      if (typeof verdict !== 'string') throw verdict;
      // Void events stand in a stream that was destroyed: they were never part of the log.
      if (verdict !== 'void' && isWithin(period, occurredAt(recorded))) yield lineOf(recorded);
    }
    if (page.isEnd) return;
    after = page.position;
  }
}

/** When an event occurred; for one of somebody else, which need not say so, always. */
function occurredAt({ metadata }: RecordedEvent): Instant {
  return parseMetadata(metadata)?.occurredAt ?? 0;
}
