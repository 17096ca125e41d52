import { setMaxListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { RefusalPace } from '../../src/http/refusal-pace.js';

const NEVER = new AbortController().signal;
setMaxListeners(0, NEVER);

/** How long so many refusals at once wait, in milliseconds. */
async function waits(pace: RefusalPace, addresses: readonly (string | null)[], signal = NEVER): Promise<number[]> {
  const begin = performance.now();
  return Promise.all(
    addresses.map(async (address) => {
      await pace.turn(address, signal);
      return performance.now() - begin;
    }),
  );
}

describe('refusals of one network', () => {
  it('come at once for a while, then one after the other, and none later than a second', async () => {
    const pace = new RefusalPace();
    const flood = Array.from({ length: 60 }, (_, index) => `203.0.113.${index}`);
    const waited = await waits(pace, flood);
    expect(Math.max(...waited.slice(0, 20))).toBeLessThan(200);
    expect(waited[30]).toBeGreaterThan(300);
    expect(waited[30]).toBeGreaterThan(Math.max(...waited.slice(0, 20)));
    expect(waited[40]).toBeGreaterThan(waited[30] ?? Infinity);
    expect(waited[59]).toBeGreaterThan(900);
    expect(Math.max(...waited)).toBeLessThan(5_000);
  });

  it('do not hold up those of another one, nor of addresses that are unknown', async () => {
    const pace = new RefusalPace();
    let isOver = false;
    const flooding = waits(pace, Array<string>(60).fill('2001:db8::1')).then(() => (isOver = true));
    for (const address of ['198.51.100.7', '2001:db8:1::1', null]) {
      const [waited] = await waits(pace, [address]);
      expect(waited).toBeLessThan(200);
    }
    expect(isOver).toBe(false);
    await flooding;
  });

  it('are given up when the client hangs up', async () => {
    const pace = new RefusalPace();
    const client = new AbortController();
    setMaxListeners(0, client.signal);
    const waiting = waits(pace, Array<string>(60).fill('203.0.113.1'), client.signal);
    client.abort();
    expect(Math.max(...(await waiting))).toBeLessThan(500);
  });
});
