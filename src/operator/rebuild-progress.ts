import { EventEmitter, on } from 'node:events';
import type { OperatorDependencies, RebuildReport } from './dependencies.js';

/** How far a rebuild has come. */
export interface RebuildProgress {
  readonly progress: { readonly events: number; readonly share: number };
}

// A line each is for people who watch.
const EVERY_MS = 250;

/** A rebuild as it goes on: objects that say how far it has come, at last the report. */
export async function* rebuildWithProgress(
  { rebuild }: Pick<OperatorDependencies, 'rebuild'>,
  check: boolean,
): AsyncGenerator<RebuildProgress | RebuildReport, void, undefined> {
  const news = new EventEmitter();
  const ended = new AbortController();
  const lines = on(news, 'progress', { signal: ended.signal });
  let last = -Infinity;
  const outcome = rebuild({
    check,
    onProgress: (events, share) => {
      const now = performance.now();
      if (now - last < EVERY_MS) return;
      last = now;
      news.emit('progress', { progress: { events, share } });
    },
  }).finally(() => ended.abort());
  // Its failure is reported below, when the loop has ended.
  outcome.catch(() => undefined);
  try {
    for await (const [line] of lines) yield line as RebuildProgress;
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
  yield await outcome;
}
