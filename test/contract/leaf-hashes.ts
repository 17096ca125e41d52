import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import type { Leaf, LeafHashes, LeafProgress } from '../../src/audit/leaf-hashes.js';
import { positionOf } from '../../src/event-store/position.js';

export interface OpenedLeafHashes {
  readonly leaves: LeafHashes;
  close(): Promise<void>;
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

function someLeaves(count: number): Leaf[] {
  return Array.from({ length: count }, (_, revision) => {
    const eventId = randomUUID();
    return { eventId, stream: `test_user-${revision % 3}`, revision, hash: hashOf(eventId) };
  });
}

function upTo(leaves: readonly Leaf[], position: number): Omit<LeafProgress, 'size'> {
  return { position: positionOf(position), lastEvent: { position: positionOf(position), eventId: leaves.at(-1)!.eventId } };
}

/** Every adapter keeps the port's promises: the same suite for each. `open` gives an empty one. */
export function leafHashesContract(name: string, open: () => Promise<OpenedLeafHashes>): void {
  describe(`leaf hashes contract: ${name}`, () => {
    let opened: OpenedLeafHashes;
    let leaves: LeafHashes;
    beforeEach(async () => {
      opened = await open();
      leaves = opened.leaves;
    });
    afterEach(() => opened.close());

    it('has none at first', async () => {
      expect(await leaves.progress()).toBeNull();
      expect(await leaves.read(0, 10)).toEqual([]);
      expect(await leaves.indexOf(randomUUID())).toBeNull();
      expect(await leaves.remembered()).toBeNull();
    });

    it('gives back what was appended, page by page and by event', async () => {
      const all = someLeaves(25);
      const [some, more] = [all.slice(0, 10), all.slice(10)];
      expect(await leaves.append(0, some, upTo(some, 10))).toBe(true);
      expect(await leaves.append(10, more, upTo(more, 30))).toBe(true);
      expect(await leaves.progress()).toEqual({ size: 25, ...upTo(more, 30) });
      expect([...(await leaves.read(0, 8)), ...(await leaves.read(8, 100))]).toEqual(all);
      expect(await leaves.read(25, 10)).toEqual([]);
      for (const index of [0, 9, 24]) expect(await leaves.indexOf(all[index]!.eventId)).toBe(index);
    });

    it('refuses what does not follow, and changes nothing then', async () => {
      const [first, other] = [someLeaves(3), someLeaves(4)];
      expect(await leaves.append(1, first, upTo(first, 3))).toBe(false);
      expect(await leaves.progress()).toBeNull();
      await leaves.append(0, first, upTo(first, 3));
      for (const from of [0, 2, 4]) expect(await leaves.append(from, other, upTo(other, 9))).toBe(false);
      expect(await leaves.read(0, 10)).toEqual(first);
      expect(await leaves.indexOf(other[0]!.eventId)).toBeNull();
    });

    it('takes the same leaves of several once', async () => {
      const some = someLeaves(5);
      const appended = await Promise.all(Array.from({ length: 6 }, () => leaves.append(0, some, upTo(some, 5))));
      expect(appended.filter(Boolean)).toHaveLength(1);
      expect(await leaves.read(0, 10)).toEqual(some);
    });

    it('finds the first leaf of an event that stands twice', async () => {
      const [one] = someLeaves(1) as [Leaf];
      const twice = [one, { ...one, revision: 7 }];
      await leaves.append(0, twice, upTo(twice, 2));
      expect(await leaves.indexOf(one.eventId)).toBe(0);
    });

    it('remembers the newest tree alone', async () => {
      await leaves.remember({ size: 1, roots: [hashOf('a')] });
      await leaves.remember({ size: 3, roots: [hashOf('b'), hashOf('c')] });
      expect(await leaves.remembered()).toEqual({ size: 3, roots: [hashOf('b'), hashOf('c')] });
    });

    it('begins again once cleared', async () => {
      const [some, others] = [someLeaves(6), someLeaves(2)];
      await leaves.append(0, some, upTo(some, 6));
      await leaves.remember({ size: 1, roots: [hashOf('a')] });
      await leaves.clear();
      expect([await leaves.progress(), await leaves.remembered()]).toEqual([null, null]);
      expect(await leaves.append(0, others, upTo(others, 2))).toBe(true);
      expect(await leaves.read(0, 10)).toEqual(others);
      expect(await leaves.indexOf(some[0]!.eventId)).toBeNull();
    });
  });
}
