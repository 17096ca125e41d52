import { expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyLoop } from '../../src/security/busy-loop.js';

/** Keeps the event loop at work for so many milliseconds. */
async function work(milliseconds: number): Promise<void> {
  for (const end = performance.now() + milliseconds; performance.now() < end;)
    await new Promise((resolve) => setImmediate(resolve));
}

it('an event loop is busy while it works, and not while it waits', async () => {
  const isBusy = busyLoop();
  await work(150);
  expect(isBusy()).toBe(true);
  await sleep(500);
  expect(isBusy()).toBe(false);
  await work(300);
  expect(isBusy()).toBe(true);
});

it('one busy moment within a tenth of a second says nothing yet', async () => {
  const isBusy = busyLoop();
  await sleep(150);
  expect(isBusy()).toBe(false);
  await work(20);
  expect(isBusy()).toBe(false);
});
