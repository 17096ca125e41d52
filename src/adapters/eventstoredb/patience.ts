import { StoreUnavailableError } from '../../domain/unavailable.js';
import { BackOff, sleep, withTimeout } from '../../event-store/waiting.js';

/** How long a call may go unanswered, in milliseconds. */
export const ANSWER_MS = 3_000;
/** How long a read is tried again, in milliseconds: as long as the client needs to connect to another node. */
export const READ_MS = 1_000;

const FIRST_PAUSE_MS = 50;
const DEADLINE_EXCEEDED = 4;

/** The server did not answer in time. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds} ms`);
  }
}

/** Whether a call ended because nothing came, by our own deadline or by that of the call. */
export function isSilence(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  if (error instanceof StoreUnavailableError) return isSilence(error.cause);
  return error instanceof Error && 'code' in error && error.code === DEADLINE_EXCEEDED;
}

/**
 * Attempts again, after pauses that grow, as long as the store is unavailable and the next attempt begins within so many
 * milliseconds of the first. Rejects as the last attempt did.
 */
export async function retrying<T>(forMs: number, attempt: () => Promise<T>): Promise<T> {
  const until = performance.now() + forMs;
  const backOff = new BackOff(FIRST_PAUSE_MS);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const pauseMs = backOff.next();
      if (!(error instanceof StoreUnavailableError) || performance.now() + pauseMs > until) throw error;
      await sleep(pauseMs);
    }
  }
}

/**
 * What the client answers; rejects with `NoAnswerError` if that takes longer than so many milliseconds. The deadlines of the
 * client's own calls begin once it is connected: while it looks for the leader of a cluster that is silent, it waits for minutes.
 */
export function answeredWithin<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  return withTimeout(milliseconds, answer, () => new NoAnswerError(milliseconds));
}
