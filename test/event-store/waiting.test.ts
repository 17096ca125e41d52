import { describe, expect, it } from '@jest/globals';
import { StreamDestroyedError, WrongExpectedRevisionError } from '../../src/event-store/errors.js';
import { BackOff, retryOnConflict, sleep, WakeSignal, withTimeout } from '../../src/event-store/waiting.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';

describe('waiting', () => {
  it('sleeps until the signal aborts, without an error', async () => {
    const end = new AbortController();
    const began = performance.now();
    setTimeout(() => end.abort(), 20);
    await sleep(60_000, end.signal);
    await sleep(60_000, end.signal);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('backs off to the longest pause, and begins again', () => {
    const backOff = new BackOff(10, 35);
    expect([backOff.next(), backOff.next(), backOff.next(), backOff.next()]).toEqual([10, 20, 35, 35]);
    backOff.reset();
    expect(backOff.next()).toBe(10);
  });

  it('bounds what takes too long', async () => {
    await expect(withTimeout(10, new Promise(() => undefined), () => new Error('late'))).rejects.toThrow('late');
    await expect(withTimeout(10_000, Promise.resolve(7), () => new Error('late'))).resolves.toBe(7);
    await expect(withTimeout(10_000, Promise.reject(new Error('own')), () => new Error('late'))).rejects.toThrow('own');
  });

  it('tries again after a conflict, and only after that, and not without end', async () => {
    let tries = 0;
    const conflict = new WrongExpectedRevisionError('stream', 1, 2);
    const twice = (): Promise<number> =>
      Promise.resolve().then(() => ((tries += 1) < 3 ? Promise.reject(conflict) : tries));
    expect(await retryOnConflict(twice)).toBe(3);
    await expect(retryOnConflict(() => Promise.reject(new TypeError('no')))).rejects.toThrow(TypeError);
    await expect(retryOnConflict(() => Promise.reject(conflict))).rejects.toThrow(StoreUnavailableError);
  });

  it('tries once more after a stream was destroyed in between, and only once', async () => {
    let tries = 0;
    const destroyed = (times: number) => (): Promise<number> =>
      (tries += 1) > times ? Promise.resolve(tries) : Promise.reject(new StreamDestroyedError('token-1'));
    expect(await retryOnConflict(destroyed(1))).toBe(2);
    tries = 0;
    await expect(retryOnConflict(destroyed(2))).rejects.toThrow(StreamDestroyedError);
    expect(tries).toBe(2);
  });

  it('wakes everybody at once, and nobody who came later', async () => {
    const signal = new WakeSignal();
    const end = new AbortController();
    const woken: string[] = [];
    const waiting = ['one', 'two'].map((name) => signal.wait({ signal: end.signal }).then(() => woken.push(name)));
    signal.wake();
    await Promise.all(waiting);
    const later = signal.wait({ signal: end.signal }).then(() => woken.push('later'));
    await Promise.resolve();
    expect(woken).toEqual(['one', 'two']);
    end.abort();
    await later;
  });

  it('does not sleep through what happened since a look, and wakes by itself when a time is given', async () => {
    const signal = new WakeSignal();
    const since = signal.wakes;
    signal.wake();
    await signal.wait({ since });
    await signal.wait({ withinMs: 5 });
    await signal.wait({ withinMs: -5 });
    const late = signal.wait({ since: signal.wakes, withinMs: 60_000 });
    signal.wake();
    await late;
    expect(signal.wakes).toBe(2);
  });
});
