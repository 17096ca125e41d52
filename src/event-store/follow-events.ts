import { ForeignPositionError } from './errors.js';
import type { FollowedBatch, FollowOptions } from './event-log.js';
import type { EventStore } from './event-store.js';
import type { LastEvent } from './position.js';
import type { RecordedDecoding } from './recorded-decoding.js';

/** What is followed, and who hears how far it went. */
interface Following {
  readonly store: EventStore;
  readonly prefix: string;
  readonly decoding: RecordedDecoding;
  readonly onMoved: (last: LastEvent) => void;
}

/**
 * The events of ours behind a place that the log holds, as they come. `checkHistory` is called for each batch. Rejects with
 * `ForeignPositionError` and `RefusedEventError`, and as the store does.
 */
export async function* followEvents(
  { store, prefix, decoding, onMoved }: Following,
  options: FollowOptions,
  checkHistory: () => void,
): AsyncGenerator<FollowedBatch> {
  const { after, lastEvent } = options;
  // What stands between the last event of ours and `after` is of others, though the names of their streams may begin like ours.
  const subscription = { ...options, after: lastEvent?.position ?? after, streamPrefixes: [prefix] };
  for await (const batch of store.subscribeToAll(subscription)) {
    const { events, stored, refused } = await decoding.decodeAll(batch.events);
    // An instance that appends nothing hears of it here.
    checkHistory();
    if (after !== null && events.some(({ position }) => position <= after)) throw new ForeignPositionError(after);
    const last = events.at(-1);
    if (last !== undefined) onMoved({ position: last.position, eventId: last.id });
    if (refused === null) {
      if (after !== null && batch.position <= after) continue;
      yield { events, stored, position: batch.position };
      continue;
    }
    // What stands before the refused event is delivered all the same.
    if (last !== undefined) yield { events, stored, position: last.position };
    throw refused;
  }
}
