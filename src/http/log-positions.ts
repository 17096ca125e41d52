import type { Context } from 'koa';
import type { Bearer } from '../commands/commands.js';
import { isPosition, newer, type Position } from '../event-store/position.js';
import type { PositionWaiters } from './position-waiters.js';
import { growingCache } from '../event-store/growing-cache.js';
import { Problem } from './problem.js';

const WAITS: LogPositionWaits = { namedMs: 2_000, unaskedMs: 250 };
const MAX_ANSWERED_USERS = 10_000;
const MAX_WAITING_PER_USER = 20;
/** Each costs a decryption. */
const MAX_NAMED = 20;

/** Makes positions opaque to clients (src/security/log-position-codec.ts). */
export interface PositionCodec {
  encode(position: Position): string;
  /** Null for a text that this installation never gave. */
  decode(text: string): Position | null;
}

/** How long a query waits at most. */
export interface LogPositionWaits {
  /** For a position that the request names. */
  readonly namedMs: number;
  /** For positions that the request did not name. */
  readonly unaskedMs: number;
}

export interface LogPositionsOptions {
  readonly codec: PositionCodec;
  readonly waiters: PositionWaiters;
  /** The end of the log, as its leader knows it; null if the log is empty. Rejects with `StoreUnavailableError`. */
  readonly logEnd: () => Promise<Position | null>;
  readonly waits?: LogPositionWaits | undefined;
}

/** The log positions that clients are given, and those that they want to see applied (read-your-writes, G12). */
export class LogPositions {
  readonly #options: LogPositionsOptions;
  readonly #waits: LogPositionWaits;
  /** The newest that was answered, by user. */
  readonly #answered = growingCache<Position>(MAX_ANSWERED_USERS);
  /** How many requests of a user wait now. */
  readonly #waiting = new Map<string, number>();

  constructor(options: LogPositionsOptions) {
    this.#options = options;
    this.#waits = options.waits ?? WAITS;
  }

  /** Answers where the log stands after a mutation; `userId` if other sessions of that user should wait for it. */
  answer(ctx: Context, { position, userId }: { readonly position: Position; readonly userId: string | null }): void {
    if (userId !== null) this.#answered.set(userId, newer(position, this.#newestAnswered(userId)));
    ctx.res.setHeader('Log-Position', this.#options.codec.encode(position));
  }

  /**
   * Before a query: waits, bounded, until the read model shows all that the request names in `If-Log-Position`. If nothing is
   * named, it waits a moment for what the bearer's own session has seen and for what this process answered to the same user: a
   * client that was just signed in expects to see it. Throws `Problem` 400, 429 or 503.
   */
  async awaited(ctx: Context, { userId, position: seen }: Pick<Bearer, 'userId' | 'position'>): Promise<void> {
    const { waiters } = this.#options;
    const named = this.#named(ctx);
    if (named === null) {
      const position = newer(seen, this.#newestAnswered(userId));
      if (!(await waiters.isShown(position))) await this.#wait(userId, position, this.#waits.unaskedMs);
      return;
    }
    if (await waiters.isShown(named)) return;
    const end = await this.#options.logEnd();
    if (end === null || named > end) throw neverGiven();
    if (this.#isFull(userId))
      throw new Problem('too_many_requests', { detail: 'Too many requests wait.', headers: { 'Retry-After': '1' } });
    if (!(await this.#wait(userId, named, this.#waits.namedMs))) throw notYetVisible();
  }

  /** Whether the read model shows what `awaited` waits for if nothing is named. Rejects with `StoreUnavailableError`. */
  showsAllSeen({ userId, position: seen }: Pick<Bearer, 'userId' | 'position'>): Promise<boolean> {
    return this.#options.waiters.isShown(newer(seen, this.#newestAnswered(userId)));
  }

  /** The newest position that a request names, repeated headers joined by commas; null if it names none. */
  #named(ctx: Context): Position | null {
    const texts = ctx
      .get('If-Log-Position')
      .split(',')
      .map((text) => text.trim());
    const given = texts.filter((text) => text !== '');
    if (given.length === 0) return null;
    if (given.length > MAX_NAMED) throw new Problem('invalid_log_position', { detail: `Name at most ${MAX_NAMED}.` });
    return given.map((text) => this.#decoded(text)).reduce(newer);
  }

  #decoded(text: string): Position {
    const position = this.#options.codec.decode(text);
    // The ids of the revocation feed are made with the same key, and are no positions.
    if (position === null || !isPosition(position)) throw neverGiven();
    return position;
  }

  async #wait(userId: string, position: Position, timeoutMs: number): Promise<boolean> {
    if (this.#isFull(userId)) return false;
    this.#waiting.set(userId, (this.#waiting.get(userId) ?? 0) + 1);
    try {
      return await this.#options.waiters.wait(position, timeoutMs);
    } finally {
      const left = (this.#waiting.get(userId) ?? 1) - 1;
      if (left === 0) this.#waiting.delete(userId);
      else this.#waiting.set(userId, left);
    }
  }

  #isFull(userId: string): boolean {
    return (this.#waiting.get(userId) ?? 0) >= MAX_WAITING_PER_USER;
  }

  #newestAnswered(userId: string): Position {
    return this.#answered.get(userId) ?? '';
  }
}

/** What a query answers instead of something that the read model does not show yet. */
export function notYetVisible(): Problem {
  return new Problem('not_yet_visible', { headers: { 'Retry-After': '1' } });
}

function neverGiven(): Problem {
  return new Problem('invalid_log_position', { detail: 'Send back a Log-Position as it was given.' });
}
