import { StreamDestroyedError } from './errors.js';
import type { LogEvent } from './event-log.js';
import { DEFAULT_MAX_COUNT, type EventStore, type ReadStreamOptions } from './event-store.js';
import type { RecordedDecoding } from './recorded-decoding.js';

/** Where is read, and what decodes it. */
interface Reading {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly decoding: RecordedDecoding;
}

/**
 * The newest event of a stream that is ours; null if it has none. Rejects with `StreamDestroyedError` for a stream that was begun again
 * after somebody had deleted it, with `RefusedEventError`, and as the store does.
 */
export async function readNewest(
  { store, decoding }: Reading,
  name: string,
  options: Pick<ReadStreamOptions, 'fromLeader' | 'mayBeKept'>,
): Promise<LogEvent | null> {
  // Named, not spread: a rotation comes this way.
  const { fromLeader = false, mayBeKept = false } = options;
  let where: ReadStreamOptions = { direction: 'backwards', maxCount: 1, fromLeader, mayBeKept };
  for (;;) {
    const [newest] = await store.readStream(name, where);
    if (newest === undefined) return null;
    const decoded = decoding.decodeNow(newest) ?? (await decoding.decodeOne(newest));
    if ('event' in decoded) return decoded.event;
    if (decoded.skipped === 'void') throw new StreamDestroyedError(name);
    if (newest.revision === 0) return null;
    where = { ...where, from: newest.revision - 1 };
  }
}

/** The events of a stream that are ours, as many as wanted. Rejects with `RefusedEventError`, and as the store does. */
export async function readStream(
  { store, decoding }: Reading,
  name: string,
  options: ReadStreamOptions,
): Promise<readonly LogEvent[]> {
  const { direction = 'forwards', maxCount = DEFAULT_MAX_COUNT } = options;
  const found: LogEvent[] = [];
  for (let from = options.from; ;) {
    const wanted = maxCount - found.length;
    const page = await store.readStream(name, { ...options, maxCount: wanted, ...(from === undefined ? {} : { from }) });
    const { events, refused } = await decoding.decodeAll(page);
    if (refused !== null) throw refused;
    found.push(...events);
    const last = page.at(-1);
    // Less than a page: the stream has no more. Otherwise what was left out is made up for.
    if (last === undefined || page.length < wanted || found.length === maxCount) return found;
    from = direction === 'forwards' ? last.revision + 1 : last.revision - 1;
    if (from < 0) return found;
  }
}
