import { randomUUID } from 'node:crypto';
import type { EventStore, EventToAppend, RecordedEvent } from '../../src/event-store/event-store.js';

let count = 0;

/** An event whose data says which one it is. */
export function anEvent(data: object = { number: (count += 1) }, id: string = randomUUID()): EventToAppend {
  const metadata = {
    schemaVersion: 1,
    occurredAt: '2026-01-31T12:00:00.000Z',
    correlationId: 'correlation',
    causationId: 'causation',
    actor: { kind: 'user', userId: 'ursula' },
  } as const;
  return { id, type: 'SomethingHappened', data, metadata };
}

/** So many events; each tells its place among them. */
export function someEvents(howMany: number): EventToAppend[] {
  return Array.from({ length: howMany }, (_, index) => anEvent({ index, of: howMany }));
}

/** A stream name nobody used before: the suite also runs against a server that holds other data. */
export function freshStream(prefix = 'contract'): string {
  return `${prefix}-${randomUUID()}`;
}

/** Their ids, in their order. */
export const idsOf = (events: readonly { id: string }[]): string[] => events.map((event) => event.id);

/** Begins a stream with so many events, and resolves to them as recorded. */
export async function fill(store: EventStore, stream: string, howMany: number): Promise<readonly RecordedEvent[]> {
  await store.append(stream, someEvents(howMany), 'no_stream');
  return store.readStream(stream, { maxCount: howMany });
}
