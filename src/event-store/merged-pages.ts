import type { RecordedEvent } from './event-store.js';

/** Pages of one log, each in its order, as one; what stands in several of them once. */
export function mergedPages(pages: readonly (readonly RecordedEvent[])[]): readonly RecordedEvent[] {
  const all = pages
    .flat()
    .sort((one, other) => (one.position < other.position ? -1 : Number(one.position > other.position)));
  return all.filter(({ position, id }, index) => {
    const before = all[index - 1];
    return before?.position !== position || before.id !== id;
  });
}
