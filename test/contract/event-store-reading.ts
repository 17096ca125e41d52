import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { EventStore, RecordedEvent } from '../../src/event-store/event-store.js';
import { anEvent, appendNext, dataOf, endOfLog, fill, freshStream, newestOf, someEvents } from '../support/log-events.js';

/** The part of the suite about streams. */
export function reading(store: () => EventStore): void {
  describe('readStream', () => {
    it('finds nothing in a stream that does not exist', async () => {
      expect(await store().readStream(freshStream())).toEqual([]);
      expect(await store().readStream(freshStream(), { direction: 'backwards', maxCount: 1 })).toEqual([]);
      expect(await newestOf(store(), freshStream())).toBeNull();
    });

    it('gives back what was appended, unchanged', async () => {
      const stream = `${freshStream()}-ünï/çødé 流😀`;
      const data = {
        text: 'line\nbreak "quote" \\ \u0000 \u2028 😀',
        numbers: [0, -15, 9007199254740991],
        // Members that programs like to put in another order.
        10: 'ten',
        9: 'nine',
        truth: [true, false, null],
        nested: { deep: { deeper: [[], {}] } },
        'key ü': '',
      };
      const event = anEvent(data);
      const { position } = await store().append(stream, [event], 'no_stream');
      expect(await store().readStream(stream)).toEqual([{ ...event, stream, revision: 0, position }]);
      expect(dataOf(event)).toEqual(data);
    });

    it('reads forwards and backwards, from a revision on, page by page', async () => {
      const stream = freshStream();
      const all = await fill(store(), stream, 20);
      const newestFirst = all.toReversed();
      const read = store().readStream.bind(store(), stream);
      expect(await read({ maxCount: 3 })).toEqual(all.slice(0, 3));
      expect(await read({ from: 15 })).toEqual(all.slice(15));
      expect(await read({ from: 5, maxCount: 4 })).toEqual(all.slice(5, 9));
      expect(await read({ direction: 'backwards' })).toEqual(newestFirst);
      expect(await read({ direction: 'backwards', maxCount: 1 })).toEqual(newestFirst.slice(0, 1));
      expect(await read({ direction: 'backwards', from: 7, maxCount: 4 })).toEqual(newestFirst.slice(12, 16));
      expect(await read({ direction: 'backwards', from: 2 })).toEqual(newestFirst.slice(17));
      expect(await read({ from: 0, maxCount: 1 })).toEqual(all.slice(0, 1));
      expect(await read({ direction: 'backwards', from: 0 })).toEqual(all.slice(0, 1));
    });

    it('finds nothing past the end', async () => {
      const stream = freshStream();
      await fill(store(), stream, 2);
      expect(await store().readStream(stream, { from: 2 })).toEqual([]);
    });

    it('reads long streams in large pages, and deep inside them backwards', async () => {
      const stream = freshStream();
      for (let page = 0; page < 5; page += 1) await appendNext(store(), stream, someEvents(500));
      expect(await store().readStream(stream)).toHaveLength(1_000);
      const all = await store().readStream(stream, { maxCount: 10_000 });
      expect(all.map((event) => event.revision)).toEqual(Array.from({ length: 2_500 }, (_, revision) => revision));
      const middle = await store().readStream(stream, { direction: 'backwards', from: 1_250, maxCount: 100 });
      expect(middle).toEqual(all.slice(1_151, 1_251).toReversed());
    });
  });
}

/** The part of the suite about the whole log. */
export function readingTheLog(store: () => EventStore): void {
  describe('readAll', () => {
    it('reads all streams in the order of positions, after one, page by page', async () => {
      const prefix = freshStream('log');
      const start = await endOfLog(store());
      for (let turn = 0; turn < 6; turn += 1) await appendNext(store(), `${prefix}-${turn % 3}`, someEvents(2));
      const log: RecordedEvent[] = [];
      let after = start;
      for (;;) {
        const page = await store().readAll({ after, maxCount: 5 });
        expect(page.length).toBeLessThanOrEqual(5);
        if (page.length === 0) break;
        log.push(...page);
        after = page.at(-1)!.position;
      }
      const positions = log.map((event) => event.position);
      expect(positions).toEqual([...new Set(positions)].sort());
      expect(positions.every((position) => position > start)).toBe(true);
      const mine = log.filter((event) => event.stream.startsWith(prefix));
      expect(mine.map((event) => [event.stream.slice(-1), event.revision])).toEqual([
        ...[0, 1, 2].flatMap((stream) => [0, 1].map((revision) => [String(stream), revision])),
        ...[0, 1, 2].flatMap((stream) => [2, 3].map((revision) => [String(stream), revision])),
      ]);
      expect(mine.slice(0, 2)).toEqual(await store().readStream(`${prefix}-0`, { maxCount: 2 }));
    });

    it('gives the same pages as texts, also what is appended meanwhile', async () => {
      const stream = freshStream('text');
      let after = await endOfLog(store());
      const reader = store().openTextReader!();
      try {
        for (const [round, text] of ['one', 'zwölf 流😀', 'line\nfeed'].entries()) {
          for (let turn = 0; turn < 6; turn += 1) await appendNext(store(), `${stream}-${round}`, [anEvent({ text })]);
          for (;;) {
            const page = await store().readAll({ after, maxCount: 4 });
            expect((await reader.read({ after, maxCount: 4 }))?.all() ?? []).toEqual(page);
            if (page.length === 0) break;
            after = page.at(-1)!.position;
          }
        }
        expect((await reader.read({}))?.all()).toEqual(await store().readAll({}));
      } finally {
        await reader.close();
      }
    });

    it('begins at the beginning by default', async () => {
      await endOfLog(store());
      const [first] = await store().readAll({ maxCount: 1 });
      const [second] = await store().readAll({ after: first!.position, maxCount: 1 });
      expect(second === undefined || second.position > first!.position).toBe(true);
    });
  });
}

/** The part of the suite about whether this still is the log that was read. */
export function holding(store: () => EventStore): void {
  describe('holds', () => {
    it('every event where it stands, the newest too', async () => {
      const recorded = await fill(store(), freshStream('held'), 3);
      for (const { position, id } of recorded) expect(await store().holds({ position, eventId: id })).toBe(true);
      const newest = await store().readNewest();
      expect(await store().holds({ position: newest!.position, eventId: newest!.id })).toBe(true);
    });

    it('no other event there, and none beyond the end', async () => {
      const [, last] = await fill(store(), freshStream('held'), 2);
      expect(await store().holds({ position: last!.position, eventId: randomUUID() })).toBe(false);
      const beyond = last!.position.replace(/\b\d\d/g, '01');
      expect(await store().holds({ position: beyond, eventId: last!.id })).toBe(false);
    });

    it('where only some streams are asked for, no event of another one', async () => {
      const stream = freshStream('held');
      const [{ position, id }] = (await fill(store(), stream, 1)) as [RecordedEvent];
      expect(await store().holds({ position, eventId: id }, (name) => name === stream)).toBe(true);
      expect(await store().holds({ position, eventId: id }, (name) => name !== stream)).toBe(false);
    });
  });
}
