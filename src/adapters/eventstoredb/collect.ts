import { NoAnswerError } from './patience.js';

/** A read under way, as the client gives it: a stream. */
export interface StreamingRead<T> extends AsyncIterable<T> {
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(error: Error): unknown;
  cancel(): Promise<void>;
}

/**
 * All that a read delivers. Rejects with `NoAnswerError` if nothing came for so many milliseconds (the client itself gives
 * reads no deadline), otherwise as the read fails.
 */
export async function collect<T>(read: StreamingRead<T>, timeoutMs: number): Promise<T[]> {
  // An error may come once more after the read was given up; without a listener it would end the process.
  read.on('error', ignore);
  const timer = setTimeout(() => {
    read.destroy(new NoAnswerError(timeoutMs));
    read.cancel().catch(ignore);
  }, timeoutMs);
  const found: T[] = [];
  try {
    for await (const item of read) {
      found.push(item);
      timer.refresh();
    }
    return found;
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {
  // Nothing is to be done about it.
}
