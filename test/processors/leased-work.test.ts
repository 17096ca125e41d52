import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedLeases } from '../../src/adapters/sqlite/read-model/embedded-leases.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { LeasedWork, type LeaseState } from '../../src/processors/leased-work.js';
import type { Leases } from '../../src/processors/ports.js';
import { Scheduler, type SchedulerOptions } from '../../src/processors/scheduler.js';
import { nextByCron } from '../../src/processors/cron.js';
import { installationFolder, openTestStores } from '../support/every-back-end.js';

const GONE = new StoreUnavailableError('read model', 'gone');
const SWEPT = { tried: 0, expired: 0, removed: 0 };

/** Leases that answer as they are set. */
class SetLeases implements Leases {
  answer: 'held' | 'refused' | 'gone' = 'held';
  released = 0;

  acquire(): Promise<boolean> {
    return this.answer === 'gone' ? Promise.reject(GONE) : Promise.resolve(this.answer === 'held');
  }

  holderOf(): Promise<string | null> {
    return Promise.resolve(null);
  }

  release(): Promise<void> {
    this.released += 1;
    return Promise.resolve();
  }
}

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await sleep(2);
}

function leased(leases: Leases, times = { leaseMs: 200, renewMs: 10 }) {
  const states: LeaseState[] = [];
  let working = false;
  const work = new LeasedWork({
    ...{ leases, name: 'work', holder: 'me', times },
    begin: () => (working = true),
    end: () => Promise.resolve(void (working = false)),
    onState: (state) => states.push(state),
    onError: (error) => {
      throw error;
    },
  });
  return { work, states, isWorking: () => working };
}

describe('work under a lease', () => {
  it('ends as soon as the lease is refused, and begins again with it', async () => {
    const leases = new SetLeases();
    const { work, states, isWorking } = leased(leases);
    work.start();
    await until(isWorking);
    leases.answer = 'refused';
    await until(() => !isWorking());
    expect(work.holds).toBe(false);
    leases.answer = 'held';
    await until(isWorking);
    await work.stop();
    expect(isWorking()).toBe(false);
    expect(leases.released).toBe(1);
    expect(states).toEqual(['held', 'elsewhere', 'held']);
  });

  it('goes on while the store does not answer, until the lease has run out', async () => {
    const leases = new SetLeases();
    // Longer than a slow machine may stand still between the two.
    const { work, states, isWorking } = leased(leases, { leaseMs: 3_000, renewMs: 10 });
    work.start();
    await until(isWorking);
    leases.answer = 'gone';
    const since = performance.now();
    await until(() => states.includes('unknown'));
    expect(isWorking()).toBe(true);
    await until(() => !isWorking());
    expect(performance.now() - since).toBeGreaterThan(100);
    await work.stop();
  });

  it('does not begin while the store never answered, and says so at once', async () => {
    const leases = new SetLeases();
    leases.answer = 'gone';
    const { work, states, isWorking } = leased(leases);
    work.start();
    await until(() => states.length > 0);
    await sleep(30);
    expect(states).toEqual(['unknown']);
    expect(isWorking()).toBe(false);
    await work.stop();
    expect(leases.released).toBe(0);
  });

  it('is done by one of two holders, and taken over when that one stops', async () => {
    const folder = installationFolder();
    const stores = await openTestStores(folder.path);
    const one = new Map<string, boolean>();
    const holder = (name: string): LeasedWork =>
      new LeasedWork({
        ...{ leases: stores.leases, name: 'work', holder: name, times: { leaseMs: 30_000, renewMs: 10 } },
        begin: () => one.set(name, true),
        end: () => Promise.resolve(void one.set(name, false)),
        onError: (error) => {
          throw error;
        },
      });
    const [first, second] = [holder('first'), holder('second')];
    first.start();
    await until(() => one.get('first') === true);
    second.start();
    await until(() => one.has('second'));
    expect(one.get('second')).toBe(false);
    await first.stop();
    await until(() => one.get('second') === true);
    await second.stop();
    await stores.close();
    await folder.remove();
  });
});

describe('the scheduler', () => {
  function scheduled(options: Partial<SchedulerOptions> = {}) {
    let sweeps = 0;
    const scheduler = new Scheduler({
      ...{ cron: '0 0 1 1 *', leases: openEmbeddedLeases(), holder: 'me', onSwept: () => undefined },
      sweep: () => {
        sweeps += 1;
        return Promise.resolve(SWEPT);
      },
      onError: (error) => {
        throw error;
      },
      ...options,
    });
    return { scheduler, sweeps: () => sweeps };
  }

  it('sweeps at once when it becomes the one that sweeps, and at each instant of the expression', async () => {
    const { scheduler, sweeps } = scheduled({ cron: '* * * * * *' });
    scheduler.start();
    await until(() => sweeps() >= 3);
    await scheduler.stop();
    const before = sweeps();
    await sleep(1_200);
    expect(sweeps()).toBe(before);
  });

  it('sweeps once for however many runs a clock that was put forward has missed', async () => {
    let clock = 0;
    const clocked = { now: () => clock, next: () => (clock === 0 ? 50 : clock + 3_600_000) };
    const { scheduler, sweeps } = scheduled({ clock: clocked });
    scheduler.start();
    await until(() => sweeps() > 0);
    const before = sweeps();
    clock += 10 * 86_400_000;
    await until(() => sweeps() > before);
    await sleep(200);
    expect(sweeps()).toBe(before + 1);
    await scheduler.stop();
  });

  it('goes on sweeping after a clock was put back', async () => {
    let clock = 10_000_000;
    const clocked = { now: () => clock, next: () => (Math.floor(clock / 20) + 1) * 20 };
    const { scheduler, sweeps } = scheduled({ clock: clocked });
    scheduler.start();
    await until(() => sweeps() > 0);
    clock -= 3_600_000;
    const before = sweeps();
    await until(() => sweeps() > before + 1);
    await scheduler.stop();
  });

  it('sweeps not, if the lease is refused', async () => {
    const leases = new SetLeases();
    leases.answer = 'refused';
    const { scheduler, sweeps } = scheduled({ leases });
    scheduler.start();
    await scheduler.run();
    expect(sweeps()).toBe(0);
    expect(scheduler.holds).toBe(false);
    await scheduler.stop();
  });

  it('lets a sweep go on only as long as the lease is held and it is not stopped', async () => {
    const leases = new SetLeases();
    const asked: boolean[] = [];
    let ask: (() => Promise<boolean>) | null = null;
    let finish: () => void = () => undefined;
    const sweep: SchedulerOptions['sweep'] = async (goOn) => {
      ask = goOn;
      await new Promise<void>((resolve) => (finish = resolve));
      return SWEPT;
    };
    const { scheduler } = scheduled({ leases, sweep });
    scheduler.start();
    await until(() => ask !== null);
    asked.push(await ask!());
    leases.answer = 'refused';
    asked.push(await ask!());
    leases.answer = 'held';
    const stopped = scheduler.stop();
    asked.push(await ask!());
    finish();
    await stopped;
    expect(asked).toEqual([true, false, false]);
  });

  it('finds the next instant of an expression from now, and none of what is no expression', () => {
    const next = nextByCron('* * * * *')!;
    expect(next - Date.now()).toBeGreaterThan(0);
    expect(next - Date.now()).toBeLessThanOrEqual(60_000);
    expect(nextByCron('no expression')).toBeNull();
  });
});
