import { describe, expect, it } from '@jest/globals';
import { ClientGoneError } from '../../src/security/client-gone-error.js';
import { PasswordQueue, type PasswordPurpose, type PasswordQueueOptions } from '../../src/security/password-queue.js';
import { TooBusyError } from '../../src/security/too-busy-error.js';

/** A queue whose jobs note that they began, and end when they are let. */
function playing(options: PasswordQueueOptions) {
  const queue = new PasswordQueue(options);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const run = (purpose: PasswordPurpose, name: string, signal?: AbortSignal): Promise<void> =>
    queue.run(
      purpose,
      () =>
        new Promise((resolve) => {
          begun.push(name);
          ends.push(resolve);
        }),
      signal,
    );
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, begun, run, endOne };
}

describe('the queue of passwords', () => {
  it('lets a sign-in wait for one registration, not for all', async () => {
    const { begun, run, endOne } = playing({ concurrency: 1, maxWaiting: 500 });
    for (let count = 0; count < 400; count += 1) void run('registration', `registration ${count}`);
    void run('sign_in', 'sign-in 0');
    void run('sign_in', 'sign-in 1');
    void run('other', 'change');
    for (let count = 0; count < 6; count += 1) await endOne();
    expect(begun).toEqual([
      'registration 0',
      'registration 1',
      'sign-in 0',
      'change',
      'registration 2',
      'sign-in 1',
      'registration 3',
    ]);
  });

  it('bounds each purpose by itself', async () => {
    const { queue, run } = playing({ concurrency: 1, maxWaiting: 2 });
    for (let count = 0; count < 3; count += 1) void run('registration', 'registration');
    await expect(run('registration', 'one too many')).rejects.toThrow(TooBusyError);
    void run('sign_in', 'sign-in');
    expect(Object.values(queue.waiting).reduce((sum, one) => sum + one)).toBe(3);
  });

  it('drops the work of clients that hung up, and nobody else’s', async () => {
    const { queue, begun, run, endOne } = playing({ concurrency: 1, maxWaiting: 10 });
    const gone = new AbortController();
    void run('sign_in', 'first');
    const dropped = ['a', 'b'].map((name) => run('sign_in', name, gone.signal));
    void run('sign_in', 'last');
    gone.abort();
    for (const job of dropped) await expect(job).rejects.toThrow(ClientGoneError);
    expect(Object.values(queue.waiting).reduce((sum, one) => sum + one)).toBe(1);
    await endOne();
    expect(begun).toEqual(['first', 'last']);
  });

  it('begins one fewer while it is busy, and as many as before afterwards', async () => {
    let isBusy = true;
    const { begun, run, endOne } = playing({ concurrency: 3, maxWaiting: 500, isBusy: () => isBusy });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) void run('sign_in', name);
    expect(begun).toEqual(['a', 'b']);
    await endOne();
    expect(begun).toEqual(['a', 'b', 'c']);
    isBusy = false;
    await endOne();
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    // What comes now finds no place that somebody who waits has not.
    void run('sign_in', 'g');
    isBusy = true;
    await endOne();
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
    await endOne();
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('answers one at once if nobody waits', async () => {
    const { run, endOne } = playing({ concurrency: 2, maxWaiting: 10 });
    const answered: string[] = [];
    for (const name of ['a', 'b']) void run('sign_in', name).then(() => answered.push(name));
    await endOne();
    expect(answered).toEqual(['a']);
    await endOne();
    expect(answered).toEqual(['a', 'b']);
  });

  it('answers four at once while others wait, and the last ones when nobody does', async () => {
    const { run, endOne } = playing({ concurrency: 1, maxWaiting: 10 });
    const answered: string[] = [];
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) void run('sign_in', name).then(() => answered.push(name));
    for (const count of [0, 0, 0, 4, 4, 6]) {
      await endOne();
      expect(answered).toEqual(names.slice(0, count));
    }
  });

  it('holds nobody back for long, also one that fails', async () => {
    const queue = new PasswordQueue({ concurrency: 1, maxWaiting: 10 });
    const failing = queue.run('sign_in', () => Promise.reject(new Error('no hash')));
    void queue.run('sign_in', () => new Promise(() => undefined));
    await expect(failing).rejects.toThrow('no hash');
  });

  it('begins those who wait before one that comes when more may run', async () => {
    let isBusy = true;
    const { begun, run, endOne } = playing({ concurrency: 2, maxWaiting: 1, isBusy: () => isBusy });
    void run('sign_in', 'a');
    void run('sign_in', 'b');
    isBusy = false;
    void run('sign_in', 'c');
    await endOne();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('begins one however busy it is', async () => {
    const { begun, run, endOne } = playing({ concurrency: 1, maxWaiting: 1, isBusy: () => true });
    void run('sign_in', 'a');
    expect(begun).toEqual(['a']);
    await endOne();
  });

  it('goes on after work that failed', async () => {
    const queue = new PasswordQueue({ concurrency: 1, maxWaiting: 1 });
    const failing = queue.run('other', () => Promise.reject(new Error('no memory')));
    const next = queue.run('other', () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('no memory');
    expect(await next).toBe('done');
    expect(await queue.run('sign_in', () => Promise.resolve('done'))).toBe('done');
  });

  it('has work that began finish, even when its client hangs up', async () => {
    const { run, endOne } = playing({ concurrency: 1, maxWaiting: 1 });
    const gone = new AbortController();
    const job = run('sign_in', 'first', gone.signal);
    gone.abort();
    await endOne();
    await expect(job).resolves.toBeUndefined();
  });
});
