import { StoreUnavailableError } from '../domain/unavailable.js';
import type { EventLog, LogBatch } from '../event-store/event-log.js';
import { ForeignPositionError, StoreRefusedError } from '../event-store/errors.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { LastEvent } from '../event-store/position.js';
import { BackOff, sleep, WakeSignal } from '../event-store/waiting.js';
import { isRefused, type Follower, type HubState, type HubStatus } from './hub-status.js';
import { lastEventOf, LOAD_EVENTS, taken } from './processor.js';
import { readFromHub, type PlaceToRead, type ReadableHub } from './read-from-hub.js';
import { RecentBatches } from './recent-batches.js';

export interface LogHubOptions {
  readonly log: Pick<EventLog, 'follow' | 'end'>;
  /** A follower threw: a defect. */
  readonly onDefect: (error: unknown) => void;
  /** The pause before a refusal is looked at again, in milliseconds. Default 5,000. */
  readonly refusedRetryMs?: number;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const SETTLED_MS = 2_000;
// Under load, one batch serves several commits.
const GATHER_UNDER_LOAD_MS = 10;

/**
 * The one decoded subscription of a process. It keeps the newest events in memory; each reader takes them from there in its own
 * time, so a slow one holds nobody up. A reader that is behind them follows the log by itself until it has caught up.
 */
export class LogHub {
  readonly #options: LogHubOptions;
  readonly #toRead: ReadableHub;
  readonly #followers = new Set<Follower>();
  readonly #listeners = new Set<(status: HubStatus) => void>();
  readonly #changed = new WakeSignal();
  readonly #recent = new RecentBatches();
  readonly #backOff = new BackOff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  #lastEvent: LastEvent | null = null;
  #status: HubStatus = { state: 'starting', seen: false };
  #running: { readonly end: AbortController; readonly ended: Promise<void> } | null = null;

  constructor(options: LogHubOptions) {
    this.#options = options;
    this.#toRead = { log: options.log, recent: this.#recent, changed: this.#changed, status: () => this.#status };
  }

  start(): void {
    if (this.#running !== null) return;
    const end = new AbortController();
    this.#running = { end, ended: this.#run(end.signal) };
  }

  async stop(): Promise<void> {
    this.#running?.end.abort();
    await this.#running?.ended;
    this.#running = null;
    this.#recent.clear();
    // Should it be started again, it begins at the end of the log.
    this.#tellOfGap();
  }

  status(): HubStatus {
    return this.#status;
  }

  /** Calls the listener at each change of the state, for the process's log. Returns how to stop that. */
  onStatus(listener: (status: HubStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives a follower every event from now on. Returns how to stop that. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /**
   * The log from a place on: all events of ours, in batches that move the position even when they are empty. Ends with the
   * signal. Rejects as `EventLog.follow` does; `ForeignPositionError` if the place is of another log.
   */
  read(place: PlaceToRead, signal: AbortSignal): AsyncGenerator<LogBatch, void, void> {
    return readFromHub(this.#toRead, place, signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#followLog(signal);
      } catch (error) {
        await this.#recover(error, signal);
      }
    }
  }

  async #followLog(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const end = (await log.end()) ?? '';
    if (this.#recent.position === undefined) {
      this.#recent.begin(end);
      this.#lastEvent = null;
      this.#enter('connected');
    } else if (!isRefused(this.#status)) this.#enter('connected');
    // What was refused is refused again at once, unless somebody has put it right.
    const settled = setTimeout(() => this.#enter('connected'), SETTLED_MS).unref();
    try {
      await this.#takeBatches(signal, () => clearTimeout(settled));
    } finally {
      clearTimeout(settled);
    }
  }

  async #takeBatches(signal: AbortSignal, answered: () => void): Promise<void> {
    const after = this.#recent.position === '' ? null : (this.#recent.position ?? null);
    const onConnection = (state: 'connected' | 'waiting', reason?: unknown): void => {
      answered();
      if (state === 'connected') this.#enter('connected');
      else this.#enter(reason instanceof StoreRefusedError ? 'refused' : 'waiting', reason);
    };
    const subscription = this.#options.log.follow({ after, lastEvent: this.#lastEvent, signal, onConnection });
    for await (const { events, stored, position } of subscription) {
      const batch = { events, position };
      answered();
      this.#backOff.reset();
      this.#recent.add(batch);
      this.#lastEvent = lastEventOf(batch.events) ?? this.#lastEvent;
      this.#enter('connected');
      this.#changed.wake();
      for (const follower of this.#followers) this.#give(follower, batch, stored);
      if (batch.events.length >= LOAD_EVENTS) await sleep(GATHER_UNDER_LOAD_MS, signal);
    }
    if (!signal.aborted) throw new StoreUnavailableError('event store', 'the subscription ended');
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof StoreUnavailableError) {
      this.#enter('waiting', error);
      await sleep(this.#backOff.next(), signal);
      return;
    }
    this.#enter(error instanceof StoreRefusedError ? 'refused' : 'stopped', error);
    if (error instanceof ForeignPositionError) {
      // Each reader finds out by itself, at its own place, and says so.
      this.#recent.clear();
      this.#changed.wake();
      this.#tellOfGap();
    }
    await sleep(this.#options.refusedRetryMs ?? LONGEST_RETRY_MS, signal);
  }

  #give(follower: Follower, { events, position }: LogBatch, stored: readonly RecordedEvent[]): void {
    const { onStored } = follower;
    if (onStored !== undefined) this.#guard(() => onStored(stored, position));
    const wanted = taken(events, follower.takes);
    if (wanted.length > 0) this.#guard(() => follower.on(wanted));
  }

  #tellOfGap(): void {
    for (const { onGap } of this.#followers) this.#guard(() => onGap?.());
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.onDefect(error);
    }
  }

  #enter(state: HubState, reason?: unknown): void {
    const before = this.#status;
    const seen = before.seen || state === 'connected' || state === 'stopped';
    this.#status = { state, seen, ...(reason === undefined ? {} : { reason }) };
    if (state === before.state) return;
    this.#changed.wake();
    for (const listener of this.#listeners) this.#guard(() => listener(this.#status));
  }
}
