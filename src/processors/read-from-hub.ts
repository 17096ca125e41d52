import { StoreUnavailableError } from '../domain/unavailable.js';
import type { EventLog, LogBatch } from '../event-store/event-log.js';
import type { Archived } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { WakeSignal } from '../event-store/waiting.js';
import { isRefused, type HubStatus } from './hub-status.js';
import { lastEventOf, type Place } from './processor.js';
import type { RecentBatches } from './recent-batches.js';

/** A place to read from, and what becomes of archived events there; default `needed`. */
export interface PlaceToRead extends Place {
  readonly archived?: Archived;
}

/** What a reader needs of the hub: the log for itself, and the newest events in memory as the hub takes them in. */
export interface ReadableHub {
  readonly log: Pick<EventLog, 'follow'>;
  readonly recent: RecentBatches;
  /** Wakes when there are new events, or another status. */
  readonly changed: WakeSignal;
  readonly status: () => HubStatus;
}

// About so many events at once for a reader that lags behind the others.
const MAX_BATCH_EVENTS = 500;

/** See `LogHub.read`. */
export async function* readFromHub(
  hub: ReadableHub,
  place: PlaceToRead,
  signal: AbortSignal,
): AsyncGenerator<LogBatch, void, void> {
  await firstConnection(hub, signal);
  let at = place;
  const { archived = 'needed' } = place;
  while (!signal.aborted) {
    for await (const batch of catchUp(hub, at, signal)) {
      at = { after: batch.position, lastEvent: lastEventOf(batch.events) ?? at.lastEvent, archived };
      yield batch;
    }
    for await (const batch of live(hub, at.after, signal)) {
      at = { after: batch.position, lastEvent: lastEventOf(batch.events) ?? at.lastEvent, archived };
      yield batch;
    }
  }
}

async function firstConnection({ recent, changed, status }: ReadableHub, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && recent.position === undefined) {
    const now = status();
    if (isRefused(now)) throw now.reason;
    await changed.wait({ signal });
  }
}

/**
 * Follows the log at the reader's own place, whose last event is checked so, until the newest events in memory go on from
 * where it has come to.
 */
async function* catchUp(
  { log, recent, status }: ReadableHub,
  { after, lastEvent, archived = 'needed' }: PlaceToRead,
  signal: AbortSignal,
): AsyncGenerator<LogBatch, void, void> {
  const own = new AbortController();
  const end = (): void => own.abort();
  signal.addEventListener('abort', end, { once: true });
  try {
    for await (const batch of log.follow({ after, lastEvent, archived, signal: own.signal })) {
      yield batch;
      if (status().state === 'connected' && recent.goesOnFrom(batch.position)) return;
    }
    if (!signal.aborted) throw new StoreUnavailableError('event store', 'the subscription ended');
  } finally {
    signal.removeEventListener('abort', end);
    own.abort();
  }
}

/** The newest events from memory; ends once they do not go on from the position any more. */
async function* live(
  { recent, changed, status }: ReadableHub,
  from: Position | null,
  signal: AbortSignal,
): AsyncGenerator<LogBatch, void, void> {
  let position = from ?? '';
  while (!signal.aborted && recent.goesOnFrom(position)) {
    const batch = recent.after(position, MAX_BATCH_EVENTS);
    if (batch !== null) {
      position = batch.position;
      yield batch;
      continue;
    }
    const now = status();
    if (isRefused(now)) throw now.reason;
    await changed.wait({ signal });
  }
}
