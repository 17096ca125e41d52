import { StreamDestroyedError } from './errors.js';

/**
 * What is read of a stream; `none` if somebody destroyed it at the store, since it counts as one without events then. Rejects as the
 * reading does otherwise.
 */
export async function unlessDestroyed<T>(reading: Promise<T>, none: T, onDestroyed?: (stream: string) => void): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof StreamDestroyedError)) throw error;
    onDestroyed?.(error.stream);
    return none;
  }
}
