import type { LogBatch } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import { BackOff, sleep } from '../event-store/waiting.js';
import { inBatch } from './in-batch.js';
import type { LogHub } from './log-hub.js';
import {
  CheckpointTakenError,
  lastEventOf,
  LOAD_EVENTS,
  taken,
  UnappliedEventError,
  type Place,
  type Processor,
} from './processor.js';
import { watchFor } from './replaced-watch.js';
import { stateAfter, withHub, type ProcessorStatus } from './processor-status.js';
import { ShownStatus } from './shown-status.js';

export interface ProcessorRunnerOptions {
  readonly processor: Processor;
  readonly hub: Pick<LogHub, 'read' | 'status' | 'onStatus'>;
  /**
   * Called whenever the state changes, for the process's log; `error` is what led to it. Beware of an error that is not of this
   * project: its message may quote data.
   */
  readonly onStateChange?: (status: ProcessorStatus, error?: unknown) => void;
  /** Called after each batch, also one of which nothing was taken: who waits for a position looks again. */
  readonly onProgress?: (position: Position) => void;
  /** The pause before a failure is looked at again, in milliseconds. Default 5,000. */
  readonly failedRetryMs?: number;
  /** How often to look whether what the processor keeps was replaced, in milliseconds. Default 2,000. */
  readonly watchMs?: number;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const WATCH_MS = 2_000;
// A checkpoint that nobody waits for is stored at most so often without an event that is taken.
const IDLE_CHECKPOINT_MS = 60_000;
// The batch was handled up to the event that failed: the next try begins there.
const FAILED_WITHIN = 'within a batch';

// After a batch, events gather before the next is asked for: the first event after a quiet moment is handled at once, while under load
// one batch serves the many events of one session.
const GATHER_MS = 5;
const GATHER_UNDER_LOAD_MS = 20;
// A batch of this size shows that there is a backlog: no need to let more gather.
const BACKLOG_EVENTS = 400;

/** Runs one processor: from its checkpoint on, one batch after another, and never past an event that fails (G8). */
export class ProcessorRunner {
  readonly #options: ProcessorRunnerOptions;
  readonly #shown: ShownStatus;
  readonly #backOff = new BackOff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  #own: ProcessorStatus = { state: 'stopped', checkpoint: null, seen: false };
  /** The checkpoint as it is stored now, and where the failure is that was seen last. */
  #place: string | null = null;
  #failedAt: string | null = null;
  #isHandling = false;
  #running: { readonly end: AbortController; readonly ended: Promise<void> } | null = null;
  #storedAt = performance.now();

  constructor(options: ProcessorRunnerOptions) {
    this.#options = options;
    this.#shown = new ShownStatus(options.onStateChange);
  }

  /** Begins to follow the log from the processor's checkpoint, if it does not already. The hub must be started too. */
  start(): void {
    if (this.#running !== null) return;
    const end = new AbortController();
    this.#failedAt = null;
    this.#backOff.reset();
    const stopListening = this.#options.hub.onStatus(({ reason }) => this.#show(reason));
    this.#enter({ state: 'starting', checkpoint: this.#own.checkpoint, seen: false });
    this.#running = { end, ended: this.#run(end.signal).finally(stopListening) };
  }

  /** Ends after the batch at hand. */
  async stop(): Promise<void> {
    if (this.#running === null) return;
    this.#running.end.abort();
    await this.#running.ended;
    await this.#options.processor.end?.();
    this.#running = null;
    this.#enter({ state: 'stopped', checkpoint: this.#own.checkpoint, seen: this.#own.seen });
  }

  /** The processor's own state; while it has nothing to say against it, that of the log that it reads. */
  status(): ProcessorStatus {
    const own = this.#own;
    return own.state === 'starting' || own.state === 'running' ? withHub(own, this.#options.hub.status()) : own;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch (error) {
        await this.#recover(error, signal);
      }
    }
  }

  /** Handles batch after batch until the signal says so. Rejects as the stores and the processor do. */
  async #follow(signal: AbortSignal): Promise<void> {
    const { processor } = this.#options;
    const place = await processor.from();
    this.#began(place);
    const watch = watchFor(processor, signal, this.#options.watchMs ?? WATCH_MS);
    try {
      await this.#handleFrom(place, watch.signal);
    } finally {
      watch.end();
    }
    if (!signal.aborted) throw new CheckpointTakenError('another one was put in its place');
  }

  async #handleFrom(place: Place, signal: AbortSignal): Promise<void> {
    const { processor, hub } = this.#options;
    let { lastEvent } = place;
    for await (const batch of hub.read({ ...place, archived: processor.archived ?? 'left_out' }, signal)) {
      const events = taken(batch.events, processor.takes);
      lastEvent = lastEventOf(batch.events) ?? lastEvent;
      if (this.#isDue(events.length, batch)) {
        this.#isHandling = true;
        await inBatch(processor, { events, position: batch.position, lastEvent });
        this.#isHandling = false;
        this.#place = keyOf({ after: batch.position, lastEvent });
        this.#storedAt = performance.now();
      }
      this.#handled(batch.position);
      const gatherMs = gatherMsAfter(batch.events.length);
      if (gatherMs > 0) await sleep(gatherMs, signal);
    }
  }

  /** Whether a batch is handed over: an idle process stores nothing. */
  #isDue(takenEvents: number, { events }: LogBatch): boolean {
    if (takenEvents > 0) return true;
    if (this.#options.processor.isPrompt === true && events.length > 0) return true;
    return performance.now() - this.#storedAt >= IDLE_CHECKPOINT_MS;
  }

  /** A place where it has failed already shows nothing new; only a batch that is handled does. */
  #began(place: Place): void {
    this.#place = keyOf(place);
    if (this.#failedAt === FAILED_WITHIN) this.#failedAt = this.#place;
    if (this.#failedAt === this.#place) return;
    this.#failedAt = null;
    this.#enter({ state: 'running', checkpoint: place.after ?? this.#own.checkpoint, seen: true });
  }

  #handled(position: Position): void {
    this.#backOff.reset();
    this.#failedAt = null;
    this.#enter({ state: 'running', checkpoint: position, seen: true });
    this.#options.onProgress?.(position);
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const whileHandling = this.#isHandling;
    this.#isHandling = false;
    if (error instanceof CheckpointTakenError) {
      await sleep(FIRST_RETRY_MS, signal);
      return;
    }
    const { checkpoint, seen } = this.#own;
    const next = stateAfter(error);
    if (next.state === 'failed' || whileHandling)
      this.#failedAt = error instanceof UnappliedEventError ? FAILED_WITHIN : this.#place;
    this.#enter({ ...next, checkpoint, seen }, error);
    await sleep(
      next.state === 'waiting' ? this.#backOff.next() : (this.#options.failedRetryMs ?? LONGEST_RETRY_MS),
      signal,
    );
  }

  #enter(own: ProcessorStatus, error?: unknown): void {
    this.#own = own;
    this.#show(error);
  }

  /** Says so if the state that is shown is another one than before. */
  #show(error: unknown): void {
    this.#shown.show(this.status(), error);
  }
}

/** How long to let events gather after a batch that held so many, in milliseconds. */
function gatherMsAfter(events: number): number {
  if (events >= BACKLOG_EVENTS) return 0;
  return events < LOAD_EVENTS ? GATHER_MS : GATHER_UNDER_LOAD_MS;
}

function keyOf({ after, lastEvent }: Place): string {
  return `${after ?? ''} ${lastEvent?.eventId ?? ''}`;
}
