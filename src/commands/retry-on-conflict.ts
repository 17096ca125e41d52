import { StoreUnavailableError } from '../domain/unavailable.js';
import { WrongExpectedRevisionError } from '../event-store/errors.js';

// Each conflict means that somebody else succeeded; so many in a row are no race but something going wrong.
const MAX_TRIES = 200;

/**
 * Optimistic concurrency: loads, decides and appends again as long as somebody else appended first. Rejects as the attempt does,
 * or with `StoreUnavailableError` if there is no end to it.
 */
export async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof WrongExpectedRevisionError)) throw error;
      if (tries === MAX_TRIES) throw new StoreUnavailableError('event store', 'the stream does not come to rest', error);
    }
  }
}
