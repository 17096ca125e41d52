import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AppendTooLargeError,
  InvalidEventError,
  MAX_APPEND_BYTES,
  WrongExpectedRevisionError,
} from '../../src/event-store/errors.js';
import type { EventStore, StoredEvent } from '../../src/event-store/event-store.js';
import { isPosition } from '../../src/event-store/position.js';
import { anEvent, dataOf, fill, freshStream, idsOf, newestOf, someEvents } from '../support/log-events.js';
import { holding, reading, readingTheLog } from './event-store-reading.js';
import { subscribing } from './event-store-subscribing.js';
import { truncating } from './event-store-truncating.js';

/** A store opened for the suite, and how to close it with all that belongs to it. */
export interface OpenedEventStore {
  readonly store: EventStore;
  close(): Promise<void>;
}

/** Every adapter keeps the port's promises: the same suite for each. `open` is called once. */
export function eventStoreContract(name: string, open: () => Promise<OpenedEventStore>): void {
  describe(`event store contract: ${name}`, () => {
    let opened: OpenedEventStore;
    let store: EventStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(() => opened.close());
    const current = (): EventStore => store;

    appending(current);
    repeating(current);
    refusing(current);
    reading(current);
    readingTheLog(current);
    holding(current);
    subscribing(current);
    truncating(current);

    it('finds no event in a stream that does not exist, whatever was read before', async () => {
      const stream = freshStream();
      await fill(store, stream, 5);
      expect(await store.readStream(stream, { direction: 'backwards', maxCount: 3 })).toHaveLength(3);
      expect(await newestOf(store, freshStream())).toBeNull();
      expect(await newestOf(store, stream)).toMatchObject({ stream, revision: 4 });
      expect(await store.readStream(freshStream(), { direction: 'backwards', maxCount: 3 })).toEqual([]);
    });

    it.each([-1, 0.5, NaN, 'any'])('refuses what is no revision: %s', async (expected) => {
      await expect(store.append(freshStream(), someEvents(1), expected as number)).rejects.toThrow(RangeError);
    });

    it('reads the newest event of the log', async () => {
      const { position } = await store.append(freshStream(), someEvents(2), 'no_stream');
      const newest = await store.readNewest();
      expect(newest!.position >= position).toBe(true);
      expect(await store.readAll({ after: newest!.position, maxCount: 1 })).toEqual([]);
    });

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}

function appending(store: () => EventStore): void {
  describe('append', () => {
    it('numbers the events of a stream from 0 and answers where the last one stands', async () => {
      const stream = freshStream();
      const first = await store().append(stream, someEvents(1), 'no_stream');
      const second = await store().append(stream, someEvents(3), 0);
      const recorded = await store().readStream(stream);
      expect(first.revision).toBe(0);
      expect(second.revision).toBe(3);
      expect(recorded.map((event) => event.revision)).toEqual([0, 1, 2, 3]);
      expect(recorded[0]!.position).toBe(first.position);
      expect(recorded[3]!.position).toBe(second.position);
      expect(isPosition(first.position)).toBe(true);
      expect(second.position > first.position).toBe(true);
    });

    it.each([
      ['no_stream', 'no_stream'],
      ['a revision', 0],
    ] as const)('refuses a missing or existing stream that is not as expected (%s)', async (_, expected) => {
      const stream = freshStream();
      if (expected === 'no_stream') await fill(store(), stream, 3);
      const actual = expected === 'no_stream' ? 2 : 'no_stream';
      const refused = store().append(stream, someEvents(1), expected);
      await expect(refused).rejects.toThrow(WrongExpectedRevisionError);
      await expect(refused).rejects.toMatchObject({ stream, expected, actual });
    });

    it.each([0, 1, 3, 1_000])('refuses an append expecting revision %d of a stream that is at 2', async (expected) => {
      const stream = freshStream();
      const before = await fill(store(), stream, 3);
      const refused = store().append(stream, someEvents(1), expected);
      await expect(refused).rejects.toThrow(WrongExpectedRevisionError);
      await expect(refused).rejects.toMatchObject({ stream, expected, actual: 2 });
      expect(await store().readStream(stream)).toEqual(before);
    });

    it('lets exactly one of 20 concurrent appends at one revision win', async () => {
      const stream = freshStream();
      await fill(store(), stream, 1);
      const events = someEvents(20);
      const outcomes = await Promise.allSettled(events.map((event) => store().append(stream, [event], 0)));
      const winners = events.filter((_, index) => outcomes[index]!.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ expected: 0, actual: 1 });
      }
      expect(idsOf(await store().readStream(stream, { from: 1 }))).toEqual(idsOf(winners));
    });

    it('lets exactly one of 20 concurrent appends begin a stream, with all its events', async () => {
      const stream = freshStream();
      const appends = Array.from({ length: 20 }, () => someEvents(2));
      const outcomes = await Promise.allSettled(appends.map((events) => store().append(stream, events, 'no_stream')));
      const winners = appends.filter((_, index) => outcomes[index]!.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      expect(idsOf(await store().readStream(stream))).toEqual(idsOf(winners[0]!));
    });

    it('takes 64 concurrent appends to as many streams', async () => {
      const streams = Array.from({ length: 64 }, () => freshStream());
      const results = await Promise.all(streams.map((stream) => store().append(stream, someEvents(2), 'no_stream')));
      expect(new Set(results.map((result) => result.position)).size).toBe(64);
      for (const [index, stream] of streams.entries()) {
        const recorded = await store().readStream(stream);
        expect(recorded.map((event) => event.revision)).toEqual([0, 1]);
        expect(recorded[1]!.position).toBe(results[index]!.position);
      }
    });

    it('can be read as soon as it was answered', async () => {
      const stream = freshStream();
      for (let revision = 0; revision < 30; revision += 1) {
        const event = anEvent();
        await store().append(stream, [event], revision === 0 ? 'no_stream' : revision - 1);
        expect(await newestOf(store(), stream)).toMatchObject({ id: event.id, revision });
      }
    });
  });
}

function repeating(store: () => EventStore): void {
  describe('append of the same event ids again', () => {
    it('answers as the first time, even with another body, and stores nothing', async () => {
      const stream = freshStream();
      await fill(store(), stream, 2);
      const events = someEvents(3);
      const first = await store().append(stream, events, 1);
      await store().append(stream, someEvents(2), 4);
      const again = await store().append(
        stream,
        events.map((event) => ({ ...event, type: 'Otherwise', data: '{"other":true}' })),
        1,
      );
      expect(again).toEqual(first);
      const recorded = await store().readStream(stream);
      expect(recorded).toHaveLength(7);
      expect(recorded[2]).toMatchObject({ type: 'SomethingHappened', data: '{"index":0,"of":3}' });
    });

    it('answers as the first time where the first began the stream', async () => {
      const stream = freshStream();
      const events = someEvents(2);
      const first = await store().append(stream, events, 'no_stream');
      expect(await store().append(stream, events, 'no_stream')).toEqual(first);
      expect(await store().readStream(stream)).toHaveLength(2);
    });

    it('answers each of several that come at once alike', async () => {
      const stream = freshStream();
      const events = someEvents(2);
      const results = await Promise.all(Array.from({ length: 8 }, () => store().append(stream, events, 'no_stream')));
      expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
      expect(await store().readStream(stream)).toHaveLength(2);
    });

    it('is refused if only some of the ids are the same', async () => {
      const stream = freshStream();
      const [first, second] = someEvents(2);
      await store().append(stream, [first!, second!], 'no_stream');
      await expect(store().append(stream, [first!, anEvent()], 'no_stream')).rejects.toMatchObject({ actual: 1 });
      await expect(store().append(stream, [first!, second!, anEvent()], 'no_stream')).rejects.toMatchObject({ actual: 1 });
    });

    it('is refused at a revision where they do not stand', async () => {
      const stream = freshStream();
      const [, second] = await fill(store(), stream, 3);
      await expect(store().append(stream, [anEvent({}, second!.id)], 1)).rejects.toMatchObject({ actual: 2 });
    });

    it('stores them twice at the current revision', async () => {
      const stream = freshStream();
      const event = anEvent();
      await store().append(stream, [event], 'no_stream');
      expect((await store().append(stream, [event], 0)).revision).toBe(1);
      expect(idsOf(await store().readStream(stream))).toEqual([event.id, event.id]);
    });
  });
}

function refusing(store: () => EventStore): void {
  describe('append of what cannot be stored', () => {
    it.each([
      ['an id that is no UUID', { id: 'event-1' }],
      ['an empty id', { id: '' }],
      ['an empty type', { type: '' }],
      ['an id in upper case', { id: anEvent().id.toUpperCase() }],
      ['data that is undefined', { data: undefined }],
      ['data that is parsed', { data: {} }],
      ['data that is no object', { data: '"text"' }],
      ['data that is a list', { data: '[]' }],
      ['empty data', { data: '' }],
      ['a lone surrogate', { data: '{"a":"\ud800"}' }],
      ['metadata that is undefined', { metadata: undefined }],
      ['metadata that is no object', { metadata: 'null' }],
    ])('refuses %s, and the whole append with it', async (_, wrong) => {
      const stream = freshStream();
      // What the types forbid is what is tested.
      const event = { ...anEvent(), ...wrong } as unknown as StoredEvent;
      await expect(store().append(stream, [anEvent(), event], 'no_stream')).rejects.toThrow(InvalidEventError);
      expect(await store().readStream(stream)).toEqual([]);
    });

    it('refuses an append without events', async () => {
      await expect(store().append(freshStream(), [], 'no_stream')).rejects.toThrow(InvalidEventError);
    });

    it('refuses more bytes than an append may have, all its events together, and takes nearly as many', async () => {
      const stream = freshStream();
      const half = { text: 'é'.repeat(MAX_APPEND_BYTES / 4) };
      await expect(store().append(stream, [anEvent(half), anEvent(half)], 'no_stream')).rejects.toThrow(
        AppendTooLargeError,
      );
      expect(await store().readStream(stream)).toEqual([]);
      const almost = { text: 'x'.repeat(MAX_APPEND_BYTES - 10_000) };
      await store().append(stream, [anEvent(almost)], 'no_stream');
      expect(dataOf((await newestOf(store(), stream))!)).toEqual(almost);
    });

    it('goes on working after a refusal', async () => {
      const stream = freshStream();
      await expect(store().append(stream, [{ ...anEvent(), data: '' }], 'no_stream')).rejects.toThrow(InvalidEventError);
      await expect(store().append(stream, [anEvent()], 5)).rejects.toThrow(WrongExpectedRevisionError);
      await expect(store().append(stream, [anEvent()], 'no_stream')).resolves.toMatchObject({ revision: 0 });
    });
  });
}
