import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { positionOf } from '../../src/event-store/position.js';
import type { HighWater, HighWaterMark } from '../../src/key-store/high-water-mark.js';

export interface OpenedHighWaterMark {
  readonly mark: HighWaterMark;
  close(): Promise<void>;
}

const at = (position: number, historyId = 'first'): HighWater => ({
  position: positionOf(position),
  eventId: `00000000-0000-4000-8000-${String(position).padStart(12, '0')}`,
  historyId,
});

/** Every adapter keeps the port's promises: the same suite for each. `open` is called for each test. */
export function highWaterMarkContract(name: string, open: () => Promise<OpenedHighWaterMark>): void {
  describe(`high-water mark: ${name}`, () => {
    let opened: OpenedHighWaterMark;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('is null before it was ever written', async () => {
      expect(await opened.mark.read()).toBeNull();
    });

    it('is what was written last, and goes forwards only', async () => {
      await opened.mark.write(at(5));
      expect(await opened.mark.read()).toEqual(at(5));
      await opened.mark.write(at(12));
      for (const behind of [3, 11, 12]) await opened.mark.write({ ...at(behind), eventId: at(99).eventId });
      expect(await opened.mark.read()).toEqual(at(12));
    });

    it('goes back with another history', async () => {
      await opened.mark.write(at(12));
      await opened.mark.write(at(4, 'second'));
      expect(await opened.mark.read()).toEqual(at(4, 'second'));
    });

    it('keeps beside the mark up to where users have lost their keys, until that is taken back', async () => {
      expect(await opened.mark.keysLostUpTo()).toBeNull();
      for (const position of [7, 5].map(positionOf)) {
        await opened.mark.noteKeysLostUpTo(position);
        await opened.mark.write(at(9));
        expect([await opened.mark.keysLostUpTo(), await opened.mark.read()]).toEqual([position, at(9)]);
      }
      for (let time = 0; time < 2; time += 1) await opened.mark.noteKeysLostUpTo(null);
      expect([await opened.mark.keysLostUpTo(), await opened.mark.read()]).toEqual([null, at(9)]);
    });

    it('ends at the furthest of many that are written at once', async () => {
      await Promise.all([7, 3, 9, 1, 8].map((position) => opened.mark.write(at(position))));
      expect(await opened.mark.read()).toEqual(at(9));
    });
  });
}
