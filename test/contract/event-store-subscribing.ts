import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { ForeignPositionError } from '../../src/event-store/errors.js';
import type { EventStore, RecordedBatch, RecordedEvent, SubscribeOptions } from '../../src/event-store/event-store.js';
import { anEvent, endOfLog, fill, freshStream, idsOf, someEvents } from '../support/log-events.js';

/** Collects batches until `enough` says so, then ends the subscription. */
async function collect(
  store: EventStore,
  options: Omit<SubscribeOptions, 'signal'>,
  enough: (events: readonly RecordedEvent[], batch: RecordedBatch) => boolean,
): Promise<{ events: RecordedEvent[]; batches: RecordedBatch[] }> {
  const end = new AbortController();
  const events: RecordedEvent[] = [];
  const batches: RecordedBatch[] = [];
  for await (const batch of store.subscribeToAll({ ...options, signal: end.signal })) {
    batches.push(batch);
    events.push(...batch.events);
    if (enough(events, batch)) end.abort();
  }
  return { events, batches };
}

const has =
  (howMany: number) =>
  (events: readonly RecordedEvent[]): boolean =>
    events.length >= howMany;

/** The part of the suite about subscriptions. */
export function subscribing(store: () => EventStore): void {
  describe('subscribeToAll', () => {
    it('delivers everything once and in order to each subscriber while 500 appends run', async () => {
      const prefix = freshStream('busy');
      const after = await endOfLog(store());
      const options = { after, streamPrefixes: [prefix] };
      const early = collect(store(), options, has(500));
      let late: ReturnType<typeof collect> | null = null;
      const writers = Array.from({ length: 10 }, async (_, writer) => {
        for (let turn = 0; turn < 50; turn += 1) {
          await store().append(`${prefix}-${writer}`, [anEvent({ writer, turn })], turn === 0 ? 'no_stream' : turn - 1);
          if (turn === 25) late ??= collect(store(), options, has(500));
        }
      });
      await Promise.all(writers);
      const seen = [await early, await late!];
      for (const { events, batches } of seen) {
        expect(events).toHaveLength(500);
        const positions = events.map((event) => event.position);
        expect(positions).toEqual([...new Set(positions)].sort());
        expect(batches.every((batch) => batch.position >= (batch.events.at(-1)?.position ?? ''))).toBe(true);
        for (let writer = 0; writer < 10; writer += 1) {
          const mine = events.filter((event) => event.stream === `${prefix}-${writer}`);
          expect(mine.map((event) => event.revision)).toEqual(Array.from({ length: 50 }, (_, turn) => turn));
        }
      }
      expect(seen[1]!.events).toEqual(seen[0]!.events);
      expect(seen[0]!.events[0]).toEqual((await store().readStream(seen[0]!.events[0]!.stream, { maxCount: 1 }))[0]);
    });

    it('resumes after a position, without the event there', async () => {
      const prefix = freshStream('resume');
      const recorded = await fill(store(), prefix, 10);
      const rest = await collect(store(), { after: recorded[3]!.position, streamPrefixes: [prefix] }, has(6));
      expect(rest.events).toEqual(recorded.slice(4));
    });

    it('resumes after the position of any batch', async () => {
      const prefix = freshStream('batches');
      const after = await endOfLog(store());
      await fill(store(), `${prefix}-a`, 30);
      const first = await collect(store(), { after, streamPrefixes: [prefix] }, has(1));
      await fill(store(), `${prefix}-b`, 5);
      const seen = first.events.length;
      const rest = await collect(
        store(),
        { after: first.batches.at(-1)!.position, streamPrefixes: [prefix] },
        has(35 - seen),
      );
      expect(idsOf([...first.events, ...rest.events])).toEqual(
        idsOf([...(await store().readStream(`${prefix}-a`)), ...(await store().readStream(`${prefix}-b`))]),
      );
    });

    it('resumes after a position, by an event that was delivered before it', async () => {
      const prefix = freshStream('last-event');
      const recorded = await fill(store(), prefix, 4);
      await fill(store(), freshStream('other'), 3);
      const after = await endOfLog(store());
      const lastEvent = { position: recorded[3]!.position, eventId: recorded[3]!.id };
      const resumed = collect(store(), { after, lastEvent, streamPrefixes: [prefix] }, has(1));
      const { position } = await store().append(prefix, [anEvent()], 3);
      expect((await resumed).events.map((event) => event.position)).toEqual([position]);
    });

    it('refuses to resume in a log that does not hold that event, or others than were delivered', async () => {
      const prefix = freshStream('restored');
      const recorded = await fill(store(), prefix, 3);
      const after = await endOfLog(store());
      const [first, , last] = recorded.map(({ position, id }) => ({ position, eventId: id }));
      const nowhere = { position: last!.position.replace(/\d/g, '9'), eventId: last!.eventId };
      for (const lastEvent of [{ ...last!, eventId: randomUUID() }, nowhere, first!]) {
        const resumed = collect(store(), { after, lastEvent, streamPrefixes: [prefix] }, has(1));
        await expect(resumed).rejects.toThrow(ForeignPositionError);
      }
    });

    it('delivers what is appended later, soon', async () => {
      const stream = freshStream('live');
      const after = await endOfLog(store());
      const waiting = collect(store(), { after, streamPrefixes: [stream] }, has(1));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const event = anEvent();
      await store().append(stream, [event], 'no_stream');
      const { events } = await waiting;
      expect(idsOf(events)).toEqual([event.id]);
    });

    it('delivers only streams with the asked prefixes, and says how far it read all the same', async () => {
      const [wanted, alsoWanted, other] = [freshStream('w'), freshStream('v'), freshStream('other')];
      const after = await endOfLog(store());
      await store().append(other, someEvents(1), 'no_stream');
      await store().append(wanted, someEvents(1), 'no_stream');
      await store().append(other, someEvents(1), 0);
      await store().append(alsoWanted, someEvents(1), 'no_stream');
      const last = await store().append(other, someEvents(1), 1);
      // A server that filters says how far it is every so many events.
      const more = setInterval(() => void store().append(freshStream('other'), someEvents(20), 'no_stream'), 20);
      const { events } = await collect(
        store(),
        { after, streamPrefixes: [wanted, alsoWanted] },
        (_, batch) => batch.position >= last.position,
      ).finally(() => clearInterval(more));
      expect(events.map((event) => event.stream)).toEqual([wanted, alsoWanted]);
    });

    it('begins at the beginning of the log after null', async () => {
      const last = await endOfLog(store());
      const [first] = await store().readAll({ maxCount: 1 });
      const { events } = await collect(store(), { after: null }, (_, batch) => batch.position >= last);
      expect(events[0]).toEqual(first);
      expect(events.at(-1)!.position >= last).toBe(true);
    });

    it('ends without an error when aborted: before, while waiting and between batches', async () => {
      const before = store().subscribeToAll({ after: null, signal: AbortSignal.abort() });
      for await (const batch of before) expect(batch).toBeUndefined();

      const after = await endOfLog(store());
      const waiting = store().subscribeToAll({ after, streamPrefixes: [freshStream()], signal: AbortSignal.timeout(50) });
      for await (const batch of waiting) expect(batch.events).toEqual([]);

      const stream = freshStream();
      await fill(store(), stream, 3);
      const { events } = await collect(store(), { after, streamPrefixes: [stream] }, has(1));
      expect(events.length).toBeGreaterThanOrEqual(1);
    });
  });
}
