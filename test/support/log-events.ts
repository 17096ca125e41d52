import { createHash, randomUUID } from 'node:crypto';
import { canonicalJson } from '../../src/event-store/canonical-json.js';
import type { AppendResult, EventStore, RecordedEvent, StoredEvent } from '../../src/event-store/event-store.js';
import type { Position } from '../../src/event-store/position.js';

let count = 0;

/** An event whose data says which one it is. */
export function anEvent(data: object = { number: (count += 1) }, id: string = randomUUID()): StoredEvent {
  const metadata = {
    schemaVersion: '1',
    occurredAt: '2026-01-31T12:00:00.000Z',
    correlationId: 'correlation',
    actor: 'user',
  };
  return { id, type: 'SomethingHappened', data: canonicalJson(data), metadata: canonicalJson(metadata) };
}

/** So many events; each says its place among them. */
export function someEvents(howMany: number): StoredEvent[] {
  return Array.from({ length: howMany }, (_, index) => anEvent({ index, of: howMany }));
}

/** What an event's data says. */
export const dataOf = ({ data }: Pick<StoredEvent, 'data'>): unknown => JSON.parse(data);

/** A stream name nobody used before: the suite also runs against a server that holds other data. */
export function freshStream(prefix = 'contract'): string {
  return `${prefix}-${randomUUID()}`;
}

/** A stream by its number, the same at each call, as a device's is named. */
export function tokenStreamOf(number: number): string {
  const digits = createHash('sha256').update(`${number}`).digest('hex');
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  return `test_token-${uuid}.${uuid}`;
}

/** Their ids, in their order. */
export const idsOf = (events: readonly { id: string }[]): string[] => events.map((event) => event.id);

/** Begins a stream with so many events, and resolves to them as recorded. */
export async function fill(store: EventStore, stream: string, howMany: number): Promise<readonly RecordedEvent[]> {
  await store.append(stream, someEvents(howMany), 'no_stream');
  return store.readStream(stream, { maxCount: howMany });
}

/** The newest event of a stream; null if it has none. */
export async function newestOf(store: EventStore, stream: string): Promise<RecordedEvent | null> {
  const [newest] = await store.readStream(stream, { direction: 'backwards', maxCount: 1 });
  return newest ?? null;
}

/** Appends after whatever the stream holds. */
export async function appendNext(store: EventStore, stream: string, events: readonly StoredEvent[]): Promise<AppendResult> {
  return store.append(stream, events, (await newestOf(store, stream))?.revision ?? 'no_stream');
}

/** Where the log ends now, by an event that marks it. */
export async function endOfLog(store: EventStore): Promise<Position> {
  const { position } = await store.append(freshStream('mark'), [anEvent()], 'no_stream');
  return position;
}
