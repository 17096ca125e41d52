import type { EventStore } from '../../../src/event-store/event-store.js';
import { positionOf, type Position } from '../../../src/event-store/position.js';

/** The position of the newest event of a log, or that before the first. Found by halving: positions there are 1, 2, 3… */
export async function newestPosition(store: EventStore): Promise<Position> {
  const isThere = async (position: number): Promise<boolean> =>
    (await store.readAll({ after: positionOf(position - 1), maxCount: 1 })).length > 0;
  let beyond = 1;
  while (await isThere(beyond)) beyond *= 2;
  let newest = beyond >> 1;
  while (beyond - newest > 1) {
    const middle = (newest + beyond) >> 1;
    if (await isThere(middle)) newest = middle;
    else beyond = middle;
  }
  return positionOf(newest);
}
