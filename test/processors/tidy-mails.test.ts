import { expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { tidyMails, type TidyMailsContext } from '../../src/processors/tidy-mails.js';

const [ERASED, LIVING] = [randomUUID(), randomUUID()];

/** Mails of two users, of whom the key of one was destroyed, and neither has a stream. */
function context(removed: string[], broken: Partial<TidyMailsContext> = {}): TidyMailsContext {
  return {
    eventLog: { readNewest: () => Promise.resolve(null), readStream: () => Promise.resolve([]), histories: [] },
    alarms: { streamDestroyed: () => undefined },
    keyStore: { get: (userId) => Promise.resolve(userId === ERASED ? 'destroyed' : new Uint8Array(1)) },
    usersOfMails: () => Promise.resolve([LIVING, ERASED]),
    removeMails: (userId) => Promise.resolve(void removed.push(userId)),
    ...broken,
  };
}

it('removes mails of a user whose key is all that says of the erasure', async () => {
  const removed: string[] = [];
  await tidyMails(context(removed), { signal: new AbortController().signal, onProblem: () => undefined });
  expect(removed).toEqual([ERASED]);
});

it('looks again once a store answers', async () => {
  const [removed, problems]: [string[], unknown[]] = [[], []];
  const get = (): Promise<'destroyed'> =>
    problems.length === 0 ? Promise.reject(new StoreUnavailableError('key store', 'test')) : Promise.resolve('destroyed');
  const tidying = tidyMails(context(removed, { keyStore: { get } }), {
    signal: new AbortController().signal,
    onProblem: (error) => void problems.push(error),
  });
  await tidying;
  expect([removed, problems.length]).toEqual([[LIVING, ERASED], 1]);
});

it('ends with its signal while a store does not answer', async () => {
  const end = new AbortController();
  const get = (): Promise<never> => Promise.reject(new StoreUnavailableError('key store', 'test'));
  await tidyMails(context([], { keyStore: { get } }), { signal: end.signal, onProblem: () => end.abort() });
  expect(end.signal.aborted).toBe(true);
});
