import type { Context } from 'koa';
import { LRUCache } from 'lru-cache';
import type { Bearer } from '../commands/commands.js';
import { isPosition, type Position } from '../event-store/position.js';
import { Problem } from './problem.js';

const LONGEST_WAIT_MS = 2_000;
// For what nobody asked to wait for.
const UNASKED_WAIT_MS = 250;
const REMEMBERED_USERS = 10_000;

/** Waits until the read model shows a position: true once it does, false if it did not in time. */
export type WaitForPosition = (position: Position, timeoutMs: number) => Promise<boolean>;

/** The log positions that clients are told, and those that they want to see applied (G12). */
export class LogPositions {
  readonly #wait: WaitForPosition;
  /** The newest by user. */
  readonly #told = new LRUCache<string, Position>({ max: REMEMBERED_USERS });

  constructor(wait: WaitForPosition) {
    this.#wait = wait;
  }

  /** Tells where the log stands after a mutation; `userId` if the user has other sessions or data since. */
  tell(ctx: Context, position: Position, userId: string | null): void {
    if (userId !== null && position > this.#newestTold(userId)) this.#told.set(userId, position);
    ctx.set('Log-Position', position);
  }

  /**
   * Before a query: waits, bounded, until the read model shows what the request names in `If-Log-Position`, and says so if it
   * does not. If nothing is named, it waits a moment for what the bearer's own session has seen and for what was answered to the
   * same user here before: whoever was told of a new session takes it to be known. Throws `Problem` 400, 503.
   */
  async awaited(ctx: Context, { userId, position: seen }: Pick<Bearer, 'userId' | 'position'>): Promise<void> {
    const asked = ctx.get('If-Log-Position');
    if (asked === '') {
      const told = this.#newestTold(userId);
      await this.#wait(seen > told ? seen : told, UNASKED_WAIT_MS);
      return;
    }
    if (!isPosition(asked))
      throw new Problem('invalid_log_position', { detail: 'Send back a Log-Position as it was given.' });
    if (!(await this.#wait(asked, LONGEST_WAIT_MS)))
      throw new Problem('not_yet_visible', { headers: { 'Retry-After': '1' } });
  }

  #newestTold(userId: string): Position {
    return this.#told.get(userId) ?? '';
  }
}
