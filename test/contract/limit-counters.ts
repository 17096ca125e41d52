import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Budget, LimitCounters } from '../../src/security/limits/limit-counters.js';

export interface OpenCounters {
  readonly counters: LimitCounters;
  /** The same counters as another instance has them, if they are shared. */
  readonly elsewhere: LimitCounters;
  close(): Promise<void>;
}

/** What every adapter of `LimitCounters` keeps. */
export function limitCountersContract(name: string, open: () => Promise<OpenCounters>): void {
  describe(`limit counters: ${name}`, () => {
    let opened: OpenCounters;
    let budget: Budget;
    beforeEach(async () => {
      opened = await open();
      budget = { key: `test:${randomUUID()}`, points: 3, windowSeconds: 60 };
    });
    afterEach(() => opened.close());

    it('allow so many points and no more', async () => {
      const { counters } = opened;
      const states = [];
      for (let count = 0; count < 5; count += 1) states.push(await counters.consume(budget));
      expect(states.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
        [true, 2],
        [true, 1],
        [true, 0],
        [false, 0],
        [false, 0],
      ]);
      for (const { msBeforeReset } of states) {
        expect(msBeforeReset).toBeGreaterThan(50_000);
        expect(msBeforeReset).toBeLessThanOrEqual(60_000);
      }
    });

    it('allow so many of a burst', async () => {
      const { counters } = opened;
      const states = await Promise.all(Array.from({ length: 50 }, () => counters.consume(budget)));
      expect(states.filter(({ allowed }) => allowed)).toHaveLength(3);
      expect(await counters.get(budget)).toMatchObject({ allowed: false, remaining: 0 });
    });

    it('take nothing when they refuse: one point that is given back can be taken', async () => {
      const { counters } = opened;
      for (let count = 0; count < 9; count += 1) await counters.consume(budget);
      expect(await counters.reward(budget)).toMatchObject({ allowed: true, remaining: 1 });
      expect(counters.spent(budget)).toBeNull();
      expect(await counters.consume(budget)).toMatchObject({ allowed: true, remaining: 0 });
      expect(await counters.consume(budget)).toMatchObject({ allowed: false });
    });

    it('know what is spent without asking', async () => {
      const { counters } = opened;
      expect(counters.spent(budget)).toBeNull();
      for (let count = 0; count < 4; count += 1) await counters.consume(budget);
      expect(counters.spent(budget)).toMatchObject({ allowed: false, remaining: 0 });
      expect(counters.spent({ ...budget, key: `${budget.key} other` })).toBeNull();
    });

    it('count a penalty in any case', async () => {
      const { counters } = opened;
      for (let count = 0; count < 4; count += 1) await counters.penalty(budget);
      expect(await counters.get(budget)).toMatchObject({ allowed: false, remaining: 0 });
      await counters.reward(budget);
      expect(await counters.get(budget)).toMatchObject({ allowed: false, remaining: 0 });
      await counters.reward(budget);
      expect(await counters.get(budget)).toMatchObject({ allowed: true, remaining: 1 });
    });

    it('give back no more than was taken', async () => {
      const { counters } = opened;
      for (let count = 0; count < 5; count += 1) await counters.reward(budget);
      expect(await counters.get(budget)).toMatchObject({ allowed: true, remaining: 3 });
      const states = [];
      for (let count = 0; count < 4; count += 1) states.push(await counters.consume(budget));
      expect(states.map(({ allowed }) => allowed)).toEqual([true, true, true, false]);
    });

    it('keep keys apart', async () => {
      const { counters } = opened;
      const other = { ...budget, key: `${budget.key} other` };
      for (let count = 0; count < 4; count += 1) await counters.consume(budget);
      expect(await counters.consume(other)).toMatchObject({ allowed: true, remaining: 2 });
      expect(await counters.get({ ...other, key: `${budget.key} third` })).toEqual({
        allowed: true,
        remaining: 3,
        msBeforeReset: 60_000,
      });
    });

    it('begin a new window when one has ended, and not before', async () => {
      const { counters } = opened;
      const short = { ...budget, points: 1, windowSeconds: 2 };
      expect(await counters.consume(short)).toMatchObject({ allowed: true });
      expect(await counters.consume(short)).toMatchObject({ allowed: false });
      await sleep(2_100);
      expect(counters.spent(short)).toBeNull();
      expect(await counters.reward(short)).toMatchObject({ remaining: 1 });
      expect(await counters.consume(short)).toMatchObject({ allowed: true, remaining: 0 });
      expect(await counters.consume(short)).toMatchObject({ allowed: false });
    });

    it('are one for all who share them', async () => {
      const { counters, elsewhere } = opened;
      await counters.consume(budget);
      expect(await elsewhere.consume(budget)).toMatchObject({ allowed: true, remaining: 1 });
      await counters.consume(budget);
      expect(await elsewhere.consume(budget)).toMatchObject({ allowed: false });
    });
  });
}
