import type { StreamId, StreamKind } from '../domain/streams.js';
import type { EventLog, LogEvent } from './event-log.js';

/**
 * The first event of a stream for which something holds that, once it holds, holds for all later ones: by binary search, so in
 * log2(revision) reads of one event. Null if it holds for none up to `newest`, a revision of the stream.
 */
export async function findFirst<K extends StreamKind>(
  eventLog: Pick<EventLog, 'readStream'>,
  stream: StreamId & { readonly kind: K },
  newest: number,
  holds: (event: LogEvent<K>) => boolean,
): Promise<LogEvent<K> | null> {
  let found: LogEvent<K> | null = null;
  let [low, high] = [0, newest];
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const [event] = await eventLog.readStream<K>(stream, { from: middle, maxCount: 1 });
    if (event !== undefined && holds(event)) {
      found = event;
      // What stands before the event that was read: one that was archived is skipped by the store.
      high = Math.min(middle, event.revision) - 1;
    } else {
      low = Math.max(middle, event?.revision ?? middle) + 1;
    }
  }
  return found;
}
