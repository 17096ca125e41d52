import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';

/** How far a page of the log goes. */
interface Page {
  /** How far the log was read; null if it is empty. */
  readonly position: Position | null;
  readonly isEnd: boolean;
}

export interface LogPagesOptions<P extends Page> {
  readonly store: Pick<EventStore, 'readNewest'>;
  readonly read: (after: Position | null) => Promise<P>;
  /** How many events of ours a page holds. */
  readonly count: (page: P) => number;
  /** How many events were read so far, and about what share of the log that is, 0 to 1. */
  readonly onProgress?: ((events: number, share: number) => void) | undefined;
}

/** The pages of the log up to its end as it is now; the next one is read while one is worked on. */
export async function* logPages<P extends Page>(options: LogPagesOptions<P>): AsyncGenerator<P, void, void> {
  const { store, read, count, onProgress } = options;
  const end = (await store.readNewest())?.position ?? null;
  let events = 0;
  let reading = read(null);
  for (;;) {
    const page = await reading;
    const isLast = page.isEnd || end === null || (page.position ?? '') >= end;
    if (!isLast) reading = read(page.position);
    // Its failure is met when it is awaited.
    reading.catch(() => undefined);
    yield page;
    events += count(page);
    onProgress?.(events, share(page.position, end));
    if (isLast) return;
  }
}

/** By positions, which grow with the log in every store. */
function share(reached: Position | null, end: Position | null): number {
  const [part, whole] = [Number(reached?.slice(0, 20) ?? 0), Number(end?.slice(0, 20) ?? 0)];
  return whole > 0 ? Math.min(1, part / whole) : 1;
}
