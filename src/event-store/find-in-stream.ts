import type { StreamId, StreamKind } from '../domain/streams.js';
import type { EventLog, LogEvent } from './event-log.js';

/**
 * The first event of a stream for which something holds that, once it holds, goes on holding; null if it does not hold for the
 * newest. Reads one event at a time, as often as the stream's length can be halved: for "since when", without folding it.
 */
export async function findInStream<K extends StreamKind>(
  log: Pick<EventLog, 'readNewest' | 'readStream'>,
  stream: StreamId & { readonly kind: K },
  holds: (event: LogEvent<K>) => boolean,
): Promise<LogEvent<K> | null> {
  const newest = await log.readNewest<K>(stream);
  if (newest === null || !holds(newest)) return null;
  let found = newest;
  let low = 0;
  let high = newest.revision;
  while (low < high) {
    const middle = (low + high) >> 1;
    // Where events are archived, the next one that is there.
    const [event] = await log.readStream<K>(stream, { from: middle, maxCount: 1 });
    if (event === undefined || event.revision >= high || holds(event)) {
      if (event !== undefined && event.revision < found.revision) found = event;
      high = middle;
    } else {
      low = event.revision + 1;
    }
  }
  return found;
}
