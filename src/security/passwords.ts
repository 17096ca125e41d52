import { availableParallelism } from 'node:os';
import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { busyLoop } from './busy-loop.js';
import { PasswordQueue, type PasswordPurpose } from './password-queue.js';

export { ClientGoneError } from './client-gone-error.js';
export { TooBusyError } from './too-busy-error.js';

// OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, 2 iterations and 1 degree of parallelism.
// Argon2id is the library's default.
const PARAMETERS: HashParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Code points of the longest password. */
export const MAX_PASSWORD_CHARACTERS = 128;
// On one processor the last of so many waits some six to twelve seconds: about as long as clients do.
const MAX_WAITING = 500;
// What libuv starts with, unless the environment says otherwise.
const POOL_THREADS = Number(process.env.UV_THREADPOOL_SIZE) || 4;

/** What a hash costs: KiB of memory, iterations, and lanes (RFC 9106 §3.1). */
export interface HashParameters {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** For what a password is hashed, and a signal that aborts when the client hangs up. */
export interface PasswordJob {
  readonly purpose?: PasswordPurpose;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Hashes and checks passwords with Argon2id, on threads beside the event loop, one a processor at a time, and one fewer while the event
 * loop is busy: so a storm of sign-ins leaves a processor to refreshes. A storm of one purpose leaves the others their turn.
 */
export class Passwords {
  readonly #queue: PasswordQueue;
  readonly #parameters: HashParameters;
  // Made at the start: the first check of an unknown user must not take longer than others.
  readonly #dummy: Promise<string>;

  /**
   * `concurrency` and `isBusy`: see `PasswordQueue`; `maxWaiting` is the limit of each purpose's queue; `parameters` are for tests, which
   * hash much.
   */
  constructor({
    concurrency = concurrencyOn(availableParallelism(), POOL_THREADS),
    isBusy = busyLoop(),
    maxWaiting = MAX_WAITING,
    parameters = PARAMETERS,
  } = {}) {
    this.#queue = new PasswordQueue({ concurrency, maxWaiting, isBusy });
    this.#parameters = parameters;
    this.#dummy = hash(randomBytes(32), parameters);
  }

  /** How many passwords wait to be hashed, by purpose. */
  get waiting(): Readonly<Record<PasswordPurpose, number>> {
    return this.#queue.waiting;
  }

  /** The hash of a password in the PHC string format. Rejects with `TooBusyError` or `ClientGoneError`. */
  hash(password: string, { purpose = 'other', signal }: PasswordJob = {}): Promise<string> {
    return this.#queue.run(purpose, () => hash(preparedPassword(password), this.#parameters), signal);
  }

  /**
   * Whether the password is the one of the hash. The same work is done, and the answer is false, for `null`, which is the hash
   * of an unknown user, and for a password that is too long: the time an answer takes says nothing about the account. Rejects
   * with `TooBusyError` or `ClientGoneError`.
   */
  async verify(
    passwordHash: string | null,
    password: string,
    { purpose = 'other', signal }: PasswordJob = {},
  ): Promise<boolean> {
    const prepared = preparedPassword(password);
    const isTooLong = passwordLength(password) > MAX_PASSWORD_CHARACTERS;
    const against = passwordHash ?? (await this.#dummy);
    const compared = isTooLong ? prepared.slice(0, MAX_PASSWORD_CHARACTERS) : prepared;
    const isRight = await this.#queue.run(purpose, () => verify(against, compared), signal);
    return isRight && !isTooLong && passwordHash !== null;
  }
}

/**
 * How many passwords may be hashed at a time: one a processor, but never every thread of libuv's pool, where the signatures of
 * tokens are made and checked too.
 */
export function concurrencyOn(processors: number, poolThreads: number): number {
  return Math.max(1, Math.min(processors, poolThreads - 1));
}

/** A password as it is hashed and counted, however the keyboard composes its characters and spaces (RFC 8265 §4.2.2). */
export function preparedPassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

/** How many characters (code points) a password has once it is prepared. */
export function passwordLength(password: string): number {
  return Array.from(preparedPassword(password)).length;
}
