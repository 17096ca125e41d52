import type { Processor } from './processor.js';

/** A signal that also ends once what the processor keeps was replaced; `end` stops to look. */
export interface ReplacedWatch {
  readonly signal: AbortSignal;
  end(): void;
}

/** Looks again and again, since without events nothing else would show it. */
export function watchFor(processor: Processor, signal: AbortSignal, everyMs: number): ReplacedWatch {
  const own = new AbortController();
  const abort = (): void => own.abort();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  let isAsking = false;
  const look = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    try {
      if ((await processor.isReplaced?.()) === true) abort();
    } catch {
      // The next batch meets the store as well, and says so.
    } finally {
      isAsking = false;
    }
  };
  const timer = processor.isReplaced === undefined ? undefined : setInterval(() => void look(), everyMs).unref();
  return {
    signal: own.signal,
    end: () => {
      clearInterval(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}
