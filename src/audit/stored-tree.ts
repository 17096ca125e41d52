import { ForeignPositionError } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';
import type { LastEvent } from '../event-store/position.js';
import type { Leaf, LeafHashes } from './leaf-hashes.js';
import type { Pledge } from './log-tree.js';
import { CompactRange } from './merkle.js';

const PAGE = 1_000;

/** Whether the leaves that are stored are of this log and not of another one. Rejects as the stores do. */
export async function areOfThisLog(leaves: LeafHashes, store: Pick<EventStore, 'holds'>): Promise<boolean> {
  const progress = await leaves.progress();
  if (progress === null) return true;
  try {
    return await store.holds(progress.lastEvent);
  } catch (error) {
    if (error instanceof ForeignPositionError) return false;
    throw error;
  }
}

/** The tree that is remembered, if the pledge confirms it; else an empty one. */
export async function rememberedRange(leaves: LeafHashes, pledge: Pledge | null): Promise<CompactRange> {
  const remembered = await leaves.remembered();
  if (pledge === null || remembered?.size !== pledge.size) return new CompactRange();
  try {
    const range = new CompactRange(remembered.size, remembered.roots);
    return range.root().equals(pledge.root) ? range : new CompactRange();
  } catch (error) {
    if (error instanceof RangeError) return new CompactRange();
    throw error;
  }
}

/**
 * Where the event of a leaf stands in this log; null if it cannot be found. A note says so too, but perhaps of the store in which it
 * was signed.
 */
export async function placeOfLeaf(
  leaves: LeafHashes,
  store: Pick<EventStore, 'readStream'>,
  index: number,
): Promise<LastEvent | null> {
  const [leaf] = await leaves.read(index, 1);
  if (leaf === undefined) return null;
  const { stream, revision, eventId } = leaf;
  const [event] = await store.readStream(stream, { from: revision, maxCount: 1, archived: 'if_there' });
  return event?.id === eventId ? { position: event.position, eventId } : null;
}

/** The leaves of a tree of so many from an index on, in pages; they end before its end where leaves are missing. */
export async function* pagesOfLeaves(
  leaves: Pick<LeafHashes, 'read'>,
  from: number,
  size: number,
): AsyncGenerator<readonly Leaf[]> {
  for (let next = from; next < size;) {
    const page = await leaves.read(next, Math.min(PAGE, size - next));
    if (page.length === 0) return;
    yield page;
    next += page.length;
  }
}

/** Whether the leaves are the same, one by one. */
export function areSame(some: readonly Leaf[], others: readonly Leaf[]): boolean {
  if (some.length !== others.length) return false;
  return some.every(({ eventId, stream, revision, hash }, index) => {
    const other = others[index];
    return other?.eventId === eventId && other.stream === stream && other.revision === revision && other.hash.equals(hash);
  });
}
