import type { Instant } from '../domain/instant.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import type { LogEvent } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import { eraseUsers, tracesRemoved, type ErasedUser, type ErasureContext } from './erase-user.js';
import type { Checkpoints } from './ports.js';
import { CheckpointTakenError, type Place, type Processor, type TakenBatch } from './processor.js';

export interface EraserOptions extends ErasureContext {
  readonly checkpoints: Checkpoints;
  /** The newest history of the log. */
  readonly historyId: () => string;
  /** Erases again the users who were erased before the log was restored; harmless to repeat. Rejects as the stores do. */
  readonly applyErasedList: () => Promise<void>;
  /** Whether it has left to list somebody. */
  readonly isListDue: () => boolean;
}

const TRACES_LEFT = 'somebody reads its file, which may still hold a destroyed key: not yet final';
const UNLISTED = 'the list of erased users cannot be written: not yet final';

/** How the erasures of this process stand. */
export interface ErasureProgress {
  /** Users whose erasure was begun and is not done. */
  readonly pending: number;
  /** When the last one was done here, in milliseconds since 1970; null if none was since the start. */
  readonly lastDoneAt: Instant | null;
}

/** What the eraser does something for. */
export const ERASER_TAKES = { streams: ['user'], types: ['UserErased'] } as const;

/**
 * Carries out what `UserErased` announces (G18): the email is released, the key destroyed, the sessions removed. Every step may
 * be repeated, and the checkpoint follows the last one: a crash in between ends in destruction.
 */
export class Eraser implements Processor {
  readonly name = 'eraser';
  readonly takes = ERASER_TAKES;
  readonly #options: EraserOptions;
  #stored: Position | null = null;
  #progress: ErasureProgress = { pending: 0, lastDoneAt: null };

  constructor(options: EraserOptions) {
    this.#options = options;
  }

  get progress(): ErasureProgress {
    return this.#progress;
  }

  /** A log that begins another history was restored: what was erased is erased again first, and the log is read from its beginning. */
  async from(): Promise<Place> {
    const checkpoint = await this.#options.checkpoints.load(this.name);
    this.#stored = checkpoint?.position ?? null;
    if (checkpoint?.state === this.#options.historyId())
      return { after: checkpoint.position, lastEvent: checkpoint.lastEvent };
    await this.#options.applyErasedList();
    return { after: null, lastEvent: null };
  }

  async handle({ events, position, lastEvent }: TakenBatch): Promise<void> {
    const erased = events.flatMap(erasedUser);
    this.#progress = { ...this.#progress, pending: erased.length };
    if (erased.length > 0) {
      await eraseUsers(this.#options, erased);
      if (this.#options.isListDue()) await this.#listAgain();
      if (!(await tracesRemoved(this.#options))) throw new StoreUnavailableError('key store', TRACES_LEFT);
    }
    const next = { position, lastEvent, state: this.#options.historyId() };
    if (!(await this.#options.checkpoints.store(this.name, next, this.#stored)))
      throw new CheckpointTakenError(
        `the checkpoint of ${this.name} is not at ${this.#stored ?? 'the beginning'} any more`,
      );
    this.#stored = position;
    if (erased.length > 0) this.#progress = { pending: 0, lastDoneAt: this.#options.now() };
  }

  /** Another instance may go on with what is pending. */
  end(): Promise<void> {
    this.#progress = { ...this.#progress, pending: 0 };
    return Promise.resolve();
  }

  /** After those who are erased now: a list that cannot be written must not hold them up. */
  async #listAgain(): Promise<void> {
    await this.#options.applyErasedList();
    if (this.#options.isListDue()) throw new StoreUnavailableError('key store', UNLISTED);
  }
}

function erasedUser({ stream, event, correlationId }: LogEvent): ErasedUser[] {
  if (stream.kind !== 'user' || event.type !== 'UserErased') return [];
  return [{ userId: stream.userId, emailKey: event.data.emailKey, correlationId }];
}
