import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { ForeignPositionError } from '../event-store/errors.js';
import type { EventStore, LogBatch } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { CheckpointMovedError, type ReadModel } from '../read-model/read-model.js';
import { projectBatch, PROJECTED_STREAMS, type UnappliedEvent } from './project-batch.js';

/**
 * - `running`: following the log, or catching up with it.
 * - `waiting`: a store is away; trying again.
 * - `stopped`: not started, or stopped.
 * - `failed`: an event could not be applied, the log is not the one it was, or there is a defect; nothing happens until it is started again.
 */
export type ProjectorState = 'running' | 'waiting' | 'stopped' | 'failed';

/** Why the projector stopped: the event it could not apply, or, of a defect elsewhere, the reason alone. Nothing personal. */
export type ProjectorFailure = UnappliedEvent | { readonly reason: string };

export interface ProjectorStatus {
  readonly state: ProjectorState;
  /** Up to where this projector has applied the log, or found it applied; null if it does not know of any. */
  readonly checkpoint: Position | null;
  /** Only while `failed`. */
  readonly failure?: ProjectorFailure;
  /** Only while `waiting`: the store that is away. */
  readonly waitingFor?: StoreUnavailableError['store'];
}

export interface ProjectorOptions {
  readonly eventStore: Pick<EventStore, 'subscribeToAll' | 'ping'>;
  readonly readModel: Pick<ReadModel, 'checkpoint' | 'landmark' | 'load' | 'apply' | 'ping'>;
  /**
   * Called whenever the state changes, for the log; `error` is what led to it. Beware of an error that is not of this project:
   * its message may quote data.
   */
  readonly onStateChange?: (status: ProjectorStatus, error?: unknown) => void;
}

// After a batch, events gather before the next is asked for: the first event after a quiet moment is applied at once, while
// under load one write serves the many events of one session.
const GATHER_MS = 5;
const GATHER_UNDER_LOAD_MS = 60;
const LOAD_EVENTS = 8;
// A batch of this size shows that there is a backlog: no need to let more gather.
const BACKLOG_EVENTS = 400;
const NOT_THE_LOG =
  'the log is not the one that the read model was made of, or was restored to an earlier moment: rebuild the read model';
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/** Feeds the log to the read model, event after event, and never past one that cannot be applied (G8). */
export class Projector {
  readonly #options: ProjectorOptions;
  #status: ProjectorStatus = { state: 'stopped', checkpoint: null };
  #running: { readonly end: AbortController; readonly ended: Promise<void> } | null = null;
  #retryMs = FIRST_RETRY_MS;

  constructor(options: ProjectorOptions) {
    this.#options = options;
  }

  /** Begins to follow the log from the read model's checkpoint, if it does not already. */
  start(): void {
    if (this.#running !== null) return;
    const end = new AbortController();
    this.#retryMs = FIRST_RETRY_MS;
    this.#enter('running');
    this.#running = { end, ended: this.#run(end.signal) };
  }

  /** Ends after the batch at hand. A failure stays to be seen. */
  async stop(): Promise<void> {
    if (this.#running === null) return;
    this.#running.end.abort();
    await this.#running.ended;
  }

  status(): ProjectorStatus {
    return this.#status;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failed = false;
    while (!failed && !signal.aborted) {
      try {
        failed = (await this.#follow(signal)) === 'failed';
      } catch (error) {
        failed = !(await this.#recovered(error, signal));
      }
    }
    this.#running = null;
    if (!failed) this.#enter('stopped');
  }

  /** Applies batch after batch until an event cannot be applied or the signal says so. Rejects as the stores do. */
  async #follow(signal: AbortSignal): Promise<'failed' | 'ended'> {
    const { eventStore, readModel } = this.#options;
    // Both, so that the state does not go to and fro while one of them is still away.
    if (this.#status.state === 'waiting') await Promise.all([eventStore.ping(), readModel.ping()]);
    let checkpoint = await readModel.checkpoint();
    // Asked after the checkpoint: if another projector moves both in between, it is the newer one, which does no harm.
    const landmark = await readModel.landmark();
    this.#progress(checkpoint);
    const follow = { after: checkpoint, landmark, streamPrefixes: PROJECTED_STREAMS, signal };
    for await (const batch of eventStore.subscribeToAll(follow)) {
      const outcome = await projectBatch(readModel, batch, checkpoint);
      checkpoint = outcome.checkpoint;
      this.#progress(checkpoint);
      if (outcome.unapplied !== null) {
        this.#enter('failed', { failure: outcome.unapplied });
        return 'failed';
      }
      this.#retryMs = FIRST_RETRY_MS;
      await gather(batch, signal);
    }
    if (!signal.aborted) throw new StoreUnavailableError('event store', 'the subscription ended');
    return 'ended';
  }

  /** Waits before the next try, if the error is one that passes; otherwise fails. */
  async #recovered(error: unknown, signal: AbortSignal): Promise<boolean> {
    if (error instanceof CheckpointMovedError) {
      await pause(FIRST_RETRY_MS, signal);
      return true;
    }
    if (!(error instanceof StoreUnavailableError)) {
      // What another error says may quote data.
      const reason = error instanceof ForeignPositionError ? NOT_THE_LOG : `defect: ${(error as Error).name}`;
      this.#enter('failed', { failure: { reason } }, error);
      return false;
    }
    this.#enter('waiting', { waitingFor: error.store }, error);
    await pause(this.#retryMs, signal);
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    return true;
  }

  /** What was waited for has answered. */
  #progress(checkpoint: Position | null): void {
    const recovered = this.#status.state === 'waiting';
    this.#status = { state: 'running', checkpoint };
    if (recovered) this.#options.onStateChange?.(this.#status);
  }

  #enter(state: ProjectorState, details: Pick<ProjectorStatus, 'failure' | 'waitingFor'> = {}, error?: unknown): void {
    const before = this.#status;
    this.#status = { state, checkpoint: before.checkpoint, ...details };
    if (state !== before.state || details.waitingFor !== before.waitingFor)
      this.#options.onStateChange?.(this.#status, error);
  }
}

async function gather({ events }: LogBatch, signal: AbortSignal): Promise<void> {
  if (events.length >= BACKLOG_EVENTS) return;
  await pause(events.length < LOAD_EVENTS ? GATHER_MS : GATHER_UNDER_LOAD_MS, signal);
}

/** Resolves after so many milliseconds, or at once when the signal says so. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
