import { setImmediate as nextTurn } from 'node:timers/promises';
import { ForeignPositionError } from '../../../event-store/errors.js';
import type { RecordedBatch, RecordedEvent } from '../../../event-store/event-store.js';
import { positionOf, type LastEvent, type Position } from '../../../event-store/position.js';
import { WakeSignal } from '../../../event-store/waiting.js';

const PAGE = 500;
// How often, at most, an empty batch moves the position when nothing else is to be delivered.
const EMPTY_BATCH_EVERY_MS = 250;

/** What a subscription stands on. */
export interface LogSource {
  /** At most `maxCount` events after a position, oldest first, as the file has them. */
  readonly readPage: (after: number, maxCount: number) => readonly RecordedEvent[];
  /** The same, perhaps from memory. */
  readonly readNext: LogSource['readPage'];
  /** Calls the listener after each commit; returns how to stop that. */
  readonly onCommit: (listener: () => void) => () => void;
}

/** Which part of the log, from where, until when. */
export interface Subscription {
  /** A position as the file counts; 0 is before the first event. */
  readonly after: number;
  /** The last wanted event at or before `after`; null if it is not known. */
  readonly lastEvent: LastEvent | null;
  /** Null for all streams. */
  readonly streamPrefixes: readonly string[] | null;
  readonly signal: AbortSignal;
}

/**
 * Reads the log page by page from the file, then again after each commit. What was delivered is known by position alone, so
 * there is no seam between catching up and live, and a consumer that is slow makes nothing pile up.
 */
export async function* subscribe(
  source: LogSource,
  { after, lastEvent, streamPrefixes, signal }: Subscription,
): AsyncGenerator<RecordedBatch> {
  if (lastEvent !== null) checkHeld(source.readPage, lastEvent);
  const committed = new WakeSignal();
  const stopListening = source.onCommit(committed.wake);
  try {
    let position = lastEvent === null ? after : inFile(lastEvent.position);
    let reported = after;
    let reportedAt = -Infinity;
    while (!signal.aborted) {
      const since = committed.wakes;
      const page = source.readNext(position, PAGE);
      const last = page.at(-1);
      if (last !== undefined) position = inFile(last.position);
      const events = page.filter((event) => isWanted(event, streamPrefixes));
      checkNew(events, after);
      const untilEmptyBatch = reportedAt + EMPTY_BATCH_EVERY_MS - performance.now();
      if (events.length > 0 || (position > reported && untilEmptyBatch <= 0)) {
        yield { events, position: positionOf(position) };
        reported = position;
        reportedAt = performance.now();
      }
      if (page.length === PAGE)
        await nextTurn(); // others get their turn during a long catching up
      else await committed.wait({ signal, since, withinMs: position > reported ? untilEmptyBatch : null });
    }
  } finally {
    stopListening();
  }
}

/** In the log that was read up to `after`, those before it were delivered already. */
function checkNew([first]: readonly RecordedEvent[], after: number): void {
  if (first !== undefined && inFile(first.position) <= after) throw new ForeignPositionError(positionOf(after));
}

/** A log that ends before the event, or holds another one at its place, is another log; one that has lost it is not. */
export function isHeld(
  readPage: LogSource['readPage'],
  { position, eventId }: LastEvent,
  isOurs: (stream: string) => boolean = () => true,
): boolean {
  const [found] = readPage(inFile(position) - 1, 1);
  if (found === undefined) return false;
  return found.position !== position || (found.id === eventId && isOurs(found.stream));
}

function checkHeld(readPage: LogSource['readPage'], lastEvent: LastEvent): void {
  if (!isHeld(readPage, lastEvent)) throw new ForeignPositionError(lastEvent.position);
}

/** A position as the file counts: events from 1. Throws `ForeignPositionError` for one of another kind of store. */
export function inFile(position: Position): number {
  if (!/^\d{20}$/.test(position)) throw new ForeignPositionError(position);
  return Number(position);
}

function isWanted(event: RecordedEvent, streamPrefixes: readonly string[] | null): boolean {
  return streamPrefixes === null || streamPrefixes.some((prefix) => event.stream.startsWith(prefix));
}
