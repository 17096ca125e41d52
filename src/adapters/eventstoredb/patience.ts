import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../../domain/unavailable.js';
import { unavailable } from './errors.js';

const FIRST_PAUSE_MS = 50;

/**
 * Attempts again, after pauses that grow, as long as the store is unavailable and the next attempt begins within so many
 * milliseconds of the first. Rejects as the last attempt did.
 */
export async function retrying<T>(forMs: number, attempt: () => Promise<T>): Promise<T> {
  const until = performance.now() + forMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || performance.now() + pauseMs > until) throw error;
      await sleep(pauseMs);
    }
  }
}

/**
 * What the client answers; rejects with `StoreUnavailableError` if that takes longer than so many milliseconds. The deadlines of the
 * client's own calls begin once it is connected: while it looks for the leader of a cluster that is silent, it waits for minutes.
 */
export async function answeredWithin<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: over.signal }).then(() => {
    throw unavailable(`no answer within ${milliseconds} ms`);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    late.catch(() => undefined);
    over.abort();
  }
}
