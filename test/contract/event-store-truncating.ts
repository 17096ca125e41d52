import { describe, expect, it } from '@jest/globals';
import { WrongExpectedRevisionError } from '../../src/event-store/errors.js';
import type { EventStore, RecordedEvent } from '../../src/event-store/event-store.js';
import { anEvent, fill, freshStream, idsOf, newestOf, someEvents } from '../support/log-events.js';

/** The part of the suite about streams whose oldest events are removed. */
export function truncating(store: () => EventStore): void {
  /** A stream of seven events whose first four are removed, and one beside it that stays whole. */
  async function truncated(): Promise<{
    stream: string;
    before: readonly RecordedEvent[];
    other: readonly RecordedEvent[];
  }> {
    const stream = freshStream('truncated');
    const before = await fill(store(), stream, 7);
    const other = await fill(store(), freshStream('whole'), 3);
    await store().truncateStream(stream, 4);
    return { stream, before, other };
  }

  describe('truncateStream', () => {
    it('removes a prefix; the rest has the revisions and positions that it had', async () => {
      const { stream, before, other } = await truncated();
      const rest = before.slice(4);
      expect(await store().readStream(stream)).toEqual(rest);
      expect(await store().readStream(stream, { from: 2 })).toEqual(rest);
      expect(await store().readStream(stream, { from: 5, maxCount: 1 })).toEqual([before[5]]);
      expect(await store().readStream(stream, { direction: 'backwards' })).toEqual(rest.toReversed());
      expect(await store().readStream(stream, { direction: 'backwards', from: 3 })).toEqual([]);
      expect(await newestOf(store(), stream)).toEqual(before[6]);
      expect(await store().readStream(other[0]!.stream)).toEqual(other);
    });

    it('goes on: the next event has the next revision, and a position that none had', async () => {
      const { stream, before, other } = await truncated();
      const { revision, position } = await store().append(stream, someEvents(2), 6);
      expect(revision).toBe(8);
      expect(position > other.at(-1)!.position).toBe(true);
      expect((await store().readStream(stream)).map((event) => event.revision)).toEqual([4, 5, 6, 7, 8]);
      await expect(store().append(stream, [anEvent()], 'no_stream')).rejects.toThrow(WrongExpectedRevisionError);
      await expect(store().append(stream, [anEvent()], 3)).rejects.toMatchObject({ actual: 8 });
      expect(before).toHaveLength(7);
    });

    it('leaves everything else in the whole log, in its order, for readers and for subscribers', async () => {
      const { stream, before, other } = await truncated();
      const begin = before[0]!;
      const mark = await fill(store(), freshStream('mark'), 1);
      const kept = [...before.slice(4), ...other, ...mark];
      // A store may show the removed ones until it is scavenged, at the places where they stood.
      const removed = new Set(idsOf(before.slice(0, 4)));
      const isOurs = (event: RecordedEvent): boolean =>
        [stream, other[0]!.stream, mark[0]!.stream].includes(event.stream) && !removed.has(event.id);
      const read: RecordedEvent[] = [];
      for (let after = begin.position; ;) {
        const page = await store().readAll({ after, maxCount: 3 });
        read.push(...page);
        if (page.length < 3) break;
        after = page.at(-1)!.position;
      }
      expect(read.filter(isOurs)).toEqual(kept);
      const end = new AbortController();
      const delivered: RecordedEvent[] = [];
      const lastEvent = { position: begin.position, eventId: begin.id };
      for await (const { events } of store().subscribeToAll({ after: begin.position, lastEvent, signal: end.signal })) {
        delivered.push(...events.filter(isOurs));
        if (events.some(({ id }) => id === mark[0]!.id)) end.abort();
      }
      expect(delivered).toEqual(kept);
    });

    it('still holds what was removed: the log is the one that it was', async () => {
      const { before } = await truncated();
      for (const { position, id } of before) expect(await store().holds({ position, eventId: id })).toBe(true);
    });

    it('never removes the newest event, and refuses what would', async () => {
      const stream = freshStream('truncated');
      const [, , newest] = await fill(store(), stream, 3);
      for (const before of [3, 4, 1_000]) await expect(store().truncateStream(stream, before)).rejects.toThrow(RangeError);
      expect(await store().readStream(stream)).toHaveLength(3);
      await store().truncateStream(stream, 2);
      expect(await store().readStream(stream)).toEqual([newest]);
    });

    it('never goes back, and changes nothing when it is asked for again', async () => {
      const { stream, before } = await truncated();
      for (const revision of [4, 2, 0]) await store().truncateStream(stream, revision);
      expect(await store().readStream(stream)).toEqual(before.slice(4));
      await store().truncateStream(stream, 5);
      expect(await store().readStream(stream)).toEqual(before.slice(5));
    });

    it.each([-1, 0.5, NaN])('refuses what is no revision: %s', async (before) => {
      const stream = freshStream('truncated');
      await fill(store(), stream, 2);
      await expect(store().truncateStream(stream, before)).rejects.toThrow(RangeError);
    });

    it('refuses a stream that does not exist', async () => {
      await expect(store().truncateStream(freshStream(), 1)).rejects.toThrow(RangeError);
    });
  });
}
