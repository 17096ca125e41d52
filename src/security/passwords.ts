import { availableParallelism } from 'node:os';
import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

// OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 iterations and 1 degree of parallelism.
// Argon2id is what the library does unless told otherwise.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const MOST_CHARACTERS = 128;
// So many wait some six to twelve seconds for their turn on one processor: about as long as clients do.
const MOST_WAITING = 500;
// What libuv starts with, unless the environment says otherwise.
const POOL_THREADS = Number(process.env.UV_THREADPOOL_SIZE) || 4;

/** Too many passwords wait to be checked: ask again later. */
export class TooBusyError extends Error {
  override readonly name = 'TooBusyError';
  /** Whole seconds after which it makes sense to ask again. */
  readonly retryAfterSeconds = 2;
}

/**
 * Hashes and checks passwords with Argon2id, on threads beside the event loop, only so many at a time: a storm of sign-ins
 * leaves the processor to those who refresh.
 */
export class Passwords {
  readonly #concurrency: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  // From the start: the first who asks for nobody must not wait longer than others.
  readonly #dummy: Promise<string> = hash(randomBytes(32), PARAMETERS);

  constructor({ concurrency = concurrencyOn(availableParallelism(), POOL_THREADS), mostWaiting = MOST_WAITING } = {}) {
    this.#concurrency = concurrency;
    this.#mostWaiting = mostWaiting;
  }

  /** The hash of a password in the PHC string format. Rejects with `TooBusyError`. */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(preparedPassword(password), PARAMETERS));
  }

  /**
   * Whether the password is the one of the hash. `null` is nobody's: the same work is done and the answer is false, so that
   * nobody learns by the time it takes whether there is such a user. Rejects with `TooBusyError`.
   */
  async verify(passwordHash: string | null, password: string): Promise<boolean> {
    const prepared = preparedPassword(password);
    if (Array.from(prepared).length > MOST_CHARACTERS) return false;
    const against = passwordHash ?? (await this.#dummy);
    const isRight = await this.#inTurn(() => verify(against, prepared));
    return isRight && passwordHash !== null;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#concurrency) this.#running += 1;
    else if (this.#waiting.length >= this.#mostWaiting) throw new TooBusyError('too many passwords wait to be checked');
    // Whoever ends hands its turn over, so the number of those running stays.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

/**
 * How many passwords may be checked at a time: one processor stays free for the event loop, and one thread of the pool for the
 * signatures of tokens, which are made and checked there too.
 */
export function concurrencyOn(processors: number, poolThreads: number): number {
  return Math.max(1, Math.min(processors, poolThreads) - 1);
}

/** A password as it is hashed and counted, however the keyboard composes its characters and spaces (RFC 8265 §4.2.2). */
export function preparedPassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}
