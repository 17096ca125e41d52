import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Leases } from '../../src/processors/ports.js';

export interface OpenedLeases {
  readonly leases: Leases;
  close(): Promise<void>;
}

/** Every adapter keeps the port's promises: the same suite for each. `open` is called once. */
export function leasesContract(name: string, open: () => Promise<OpenedLeases>): void {
  describe(`leases contract: ${name}`, () => {
    let opened: OpenedLeases;
    let leases: Leases;
    beforeAll(async () => {
      opened = await open();
      leases = opened.leases;
    });
    afterAll(() => opened.close());

    it('of 20 that want a free lease one gets it', async () => {
      const lease = randomUUID();
      const got = await Promise.all(
        Array.from({ length: 20 }, (_, index) => leases.acquire(lease, `holder ${index}`, 10_000)),
      );
      expect(got.filter(Boolean)).toHaveLength(1);
    });

    it('is renewed by its holder, refused to others, and free once released', async () => {
      const lease = randomUUID();
      expect(await leases.acquire(lease, 'one', 10_000)).toBe(true);
      expect(await leases.acquire(lease, 'one', 10_000)).toBe(true);
      expect(await leases.acquire(lease, 'other', 10_000)).toBe(false);
      await leases.release(lease, 'other');
      expect(await leases.acquire(lease, 'other', 10_000)).toBe(false);
      await leases.release(lease, 'one');
      expect(await leases.acquire(lease, 'other', 10_000)).toBe(true);
    });

    it('says who holds it, until it is released or has run out', async () => {
      const lease = randomUUID();
      expect(await leases.holderOf(lease)).toBeNull();
      await leases.acquire(lease, 'one', 10_000);
      await leases.acquire(lease, 'other', 10_000);
      expect(await leases.holderOf(lease)).toBe('one');
      await leases.release(lease, 'one');
      expect(await leases.holderOf(lease)).toBeNull();
      await leases.acquire(lease, 'dead', 100);
      await sleep(150);
      expect(await leases.holderOf(lease)).toBeNull();
    });

    it('runs out, so that another takes over from a holder that died', async () => {
      const lease = randomUUID();
      expect(await leases.acquire(lease, 'dead', 100)).toBe(true);
      await sleep(150);
      expect(await leases.acquire(lease, 'heir', 10_000)).toBe(true);
      expect(await leases.acquire(lease, 'dead', 10_000)).toBe(false);
    });
  });
}
