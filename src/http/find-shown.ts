import type { Bearer } from '../commands/commands.js';
import { notYetVisible, type LogPositions } from './log-positions.js';
import { Problem } from './problem.js';

/**
 * What the read model is asked for. Throws `Problem` 404 if it does not hold it, and 503 as long as it shows less than the bearer has
 * seen, and than this process answered to the user: what is missing may be on its way.
 */
export async function findShown<T>(
  find: () => Promise<T | null>,
  seen: Pick<Bearer, 'userId' | 'position'>,
  positions: LogPositions,
): Promise<T> {
  const found = await find();
  if (found !== null) return found;
  if (!(await positions.showsAllSeen(seen))) throw notYetVisible();
  // It may have been applied between the two questions.
  const shown = await find();
  if (shown === null) throw new Problem('not_found');
  return shown;
}
