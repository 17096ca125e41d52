import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { positionOf } from '../../src/event-store/position.js';
import type { Checkpoints, StoredCheckpoint } from '../../src/processors/ports.js';

export interface OpenedCheckpoints {
  readonly checkpoints: Checkpoints;
  close(): Promise<void>;
}

const at = (position: number, change: Partial<StoredCheckpoint> = {}): StoredCheckpoint => ({
  position: positionOf(position),
  lastEvent: null,
  state: null,
  ...change,
});

/** Every adapter keeps the port's promises: the same suite for each. `open` is called once. */
export function checkpointsContract(name: string, open: () => Promise<OpenedCheckpoints>): void {
  describe(`checkpoints contract: ${name}`, () => {
    let opened: OpenedCheckpoints;
    let checkpoints: Checkpoints;
    let processor: string;
    beforeAll(async () => {
      opened = await open();
      checkpoints = opened.checkpoints;
    });
    afterAll(() => opened.close());
    beforeEach(() => {
      processor = randomUUID();
    });

    it('has none of a processor that never stored one', async () => {
      expect(await checkpoints.load(processor)).toBeNull();
      expect(await checkpoints.load({ $ne: null } as unknown as string)).toBeNull();
    });

    it('gives back what was stored, each processor its own', async () => {
      const first = at(1, { lastEvent: { position: positionOf(1), eventId: randomUUID() }, state: '{"size":3}' });
      expect(await checkpoints.store(processor, first, null)).toBe(true);
      expect(await checkpoints.load(processor)).toEqual(first);
      const second = at(2);
      expect(await checkpoints.store(processor, second, first.position)).toBe(true);
      expect(await checkpoints.load(processor)).toEqual(second);
      expect(await checkpoints.load(randomUUID())).toBeNull();
    });

    it('refuses what does not follow the stored one, and changes nothing then', async () => {
      expect(await checkpoints.store(processor, at(5), positionOf(4))).toBe(false);
      expect(await checkpoints.load(processor)).toBeNull();
      await checkpoints.store(processor, at(5), null);
      for (const previous of [null, positionOf(4), positionOf(6)])
        expect(await checkpoints.store(processor, at(9), previous)).toBe(false);
      expect(await checkpoints.load(processor)).toEqual(at(5));
    });

    it.each([null, 1])('of 20 that store at once after %s one does', async (from) => {
      if (from !== null) await checkpoints.store(processor, at(from), null);
      const previous = from === null ? null : positionOf(from);
      const stored = await Promise.all(
        Array.from({ length: 20 }, (_, index) => checkpoints.store(processor, at(10 + index), previous)),
      );
      expect(stored.filter(Boolean)).toHaveLength(1);
      expect(await checkpoints.load(processor)).toEqual(at(10 + stored.indexOf(true)));
    });
  });
}
