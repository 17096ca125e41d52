import { EventEmitter, on } from 'node:events';

/** How far long work has come. */
export interface ProgressLine {
  readonly progress: { readonly events: number; readonly share: number };
}

// A line each is for people who watch.
const EVERY_MS = 250;

/** Long work as it goes on: objects that say how far it has come, at last its result. Rejects as the work does. */
export async function* withProgress<T extends object>(
  work: (onProgress: (events: number, share: number) => void) => Promise<T>,
): AsyncGenerator<ProgressLine | T, void, undefined> {
  const news = new EventEmitter();
  const ended = new AbortController();
  const lines = on(news, 'progress', { signal: ended.signal });
  let last = -Infinity;
  const outcome = work((events, share) => {
    const now = performance.now();
    if (now - last < EVERY_MS) return;
    last = now;
    news.emit('progress', { progress: { events, share } });
  }).finally(() => ended.abort());
  // Its failure is reported below, when the loop has ended.
  outcome.catch(() => undefined);
  try {
    for await (const [line] of lines) yield line as ProgressLine;
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
  yield await outcome;
}
