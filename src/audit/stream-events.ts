import type { StreamId, StreamKind } from '../domain/streams.js';
import type { LogEvent } from '../event-store/event-log.js';
import { findInStream } from '../event-store/find-in-stream.js';
import type { Position } from '../event-store/position.js';
import { unlessDestroyed } from '../event-store/unless-destroyed.js';
import type { UserAuditContext } from './context.js';

type Log = Pick<UserAuditContext['eventLog'], 'readNewest' | 'readStream'>;
type StreamOf<K extends StreamKind> = StreamId & { readonly kind: K };

const PAGE = 200;
/** So many streams are asked at once. */
const AT_ONCE = 8;

/** The events of a stream, oldest first, from a revision on. Nothing, if somebody destroyed it at the store. */
export async function* eventsOf<K extends StreamKind>(
  log: Log,
  stream: StreamOf<K>,
  from = 0,
): AsyncGenerator<LogEvent<K>, void, undefined> {
  for (let next = from; ;) {
    const page = await unlessDestroyed(log.readStream<K>(stream, { from: next, maxCount: PAGE }), []);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    next = last.revision + 1;
  }
}

/** The newest event of a stream that stands at or before a position; null if there is none. */
export async function newestUpTo<K extends StreamKind>(
  log: Log,
  stream: StreamOf<K>,
  position: Position,
): Promise<LogEvent<K> | null> {
  const newest = await unlessDestroyed(log.readNewest<K>(stream), null);
  if (newest === null || newest.position <= position) return newest;
  const later = await findInStream(log, stream, (event: LogEvent<K>) => event.position > position);
  if (later === null || later.revision === 0) return null;
  const [found] = await log.readStream<K>(stream, { direction: 'backwards', from: later.revision - 1, maxCount: 1 });
  return found ?? null;
}

/** The newest event of a stream for which something holds, looked for from a revision backwards; null if there is none. */
export async function newestThat<K extends StreamKind>(
  log: Log,
  stream: StreamOf<K>,
  holds: (event: LogEvent<K>) => boolean,
  from?: number,
): Promise<LogEvent<K> | null> {
  for (let next = from; ;) {
    const read = { direction: 'backwards', maxCount: PAGE, ...(next === undefined ? {} : { from: next }) } as const;
    const page = await unlessDestroyed(log.readStream<K>(stream, read), []);
    const found = page.find(holds);
    const oldest = page.at(-1);
    if (found !== undefined || oldest === undefined || oldest.revision === 0) return found ?? null;
    next = oldest.revision - 1;
  }
}

/** The events of several streams, in the order of the log, after a position. */
export async function* mergedEvents(
  log: Log,
  streams: readonly StreamId[],
  after: Position | null = null,
): AsyncGenerator<LogEvent, void, undefined> {
  const begun = await inParts(streams, (stream) => begin(log, stream, after));
  const heads = begun.filter((head) => head !== null);
  while (heads.length > 0) {
    const first = heads.reduce((one, other) => (other.event.position < one.event.position ? other : one));
    yield first.event;
    const next = await first.rest.next();
    if (next.done === true) heads.splice(heads.indexOf(first), 1);
    else first.event = next.value;
  }
}

/** The next event of a stream, and those after it. */
interface Head {
  event: LogEvent;
  readonly rest: AsyncGenerator<LogEvent, void, undefined>;
}

async function begin(log: Log, stream: StreamId, after: Position | null): Promise<Head | null> {
  const isAfter = ({ position }: LogEvent): boolean => position > (after ?? '');
  const first = after === null ? null : await unlessDestroyed(findInStream(log, stream, isAfter), null);
  if (after !== null && first === null) return null;
  const rest: AsyncGenerator<LogEvent, void, undefined> = eventsOf(log, stream, first?.revision ?? 0);
  const next = await rest.next();
  return next.done === true ? null : { event: next.value, rest };
}

/** Does something for each, a few at once; in their order. */
export async function inParts<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))));
  return results;
}
