import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedLeases } from '../../src/adapters/sqlite/read-model/embedded-leases.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { Sealer, type SealerOptions } from '../../src/processors/sealer.js';

const events = (howMany: number): readonly LogEvent[] => Array.from({ length: howMany }, () => ({}) as LogEvent);

describe('the sealer', () => {
  let sealer: Sealer;
  afterEach(() => sealer.stop());

  /** A sealer that counts its runs. */
  function start(options: Partial<SealerOptions> = {}): { runs: number; errors: unknown[] } {
    const seen = { runs: 0, errors: [] as unknown[] };
    sealer = new Sealer({
      ...{ leases: openEmbeddedLeases(), holder: 'one', everyMs: 20 },
      seal: () => Promise.resolve({ size: 1, refused: null }),
      onSealed: () => (seen.runs += 1),
      onError: (error) => seen.errors.push(error),
      ...options,
    });
    sealer.start();
    return seen;
  }

  const until = async (reached: () => boolean): Promise<void> => {
    while (!reached()) await sleep(2);
  };

  it('seals what was there before it, then only when there is something new', async () => {
    const seen = start();
    await until(() => seen.runs === 1);
    await sleep(100);
    expect(seen.runs).toBe(1);
    sealer.follower.on(events(1));
    await until(() => seen.runs === 2);
  });

  it('seals at once when many events came', async () => {
    const seen = start({ everyMs: 60_000, manyEvents: 10 });
    await sleep(30);
    sealer.follower.on(events(5));
    await sleep(30);
    expect(seen.runs).toBe(0);
    sealer.follower.on(events(5));
    await until(() => seen.runs === 1);
  });

  it('runs again after a time in which nothing happened, so that silence shows', async () => {
    const seen = start({ everyMs: 2, maxWithoutNoteMs: 20 });
    await until(() => seen.runs >= 3);
    expect(seen.errors).toEqual([]);
  });

  it('tries again what failed, at the next time', async () => {
    const results = [() => Promise.reject(new Error('down')), () => Promise.resolve({ size: 1, refused: null })];
    const seen = start({ seal: () => results.shift()!() });
    await until(() => seen.runs === 1);
    expect(seen.errors).toEqual([new Error('down')]);
  });

  it('keeps the leaves of what comes where it seals, and forgets them where it does not', async () => {
    const calls: string[] = [];
    const recent = { add: (_: unknown, position: string) => calls.push(position), clear: () => calls.push('forgotten') };
    const leases = openEmbeddedLeases();
    const seen = start({ leases, recent });
    await until(() => seen.runs === 1);
    sealer.follower.onStored!([], 'here');
    sealer.follower.onGap!();
    await sealer.stop();
    sealer.follower.onStored!([], 'there');
    expect(calls).toEqual(['here', 'forgotten', 'forgotten']);
  });

  it('seals on the instance that holds the lease alone', async () => {
    const leases = openEmbeddedLeases();
    await leases.acquire('sealer', 'another', 60_000);
    const seen = start({ leases });
    await sleep(100);
    expect(seen.runs).toBe(0);
    expect(sealer.holds).toBe(false);
  });
});
