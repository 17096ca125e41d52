import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  excludeSystemEvents,
  streamNameFilter,
  type AllStreamSubscription,
  type ReadPosition,
  type RecordedEvent as DatabaseEvent,
} from '@eventstore/db-client';
import type { RecordedBatch } from '../../event-store/event-store.js';
import type { Position } from '../../event-store/position.js';
import { WakeSignal } from '../../event-store/waiting.js';
import type { CurrentClient } from './connection.js';
import { unavailable } from './errors.js';
import { positionFrom } from './positions.js';
import { isSystemEvent, recordedEvent } from './recorded-event.js';

// So many events wait for the consumer; beyond it the server waits.
const MAX_WAITING = 500;
// Of other streams' events, the server says how far it is at least every so many.
const SEARCH_WINDOW = 32;

/** One subscription of the server's, over one connection. It ends with that connection, and is not opened again. */
export class LiveSubscription {
  readonly #subscription: AllStreamSubscription;
  readonly #came = new WakeSignal();
  readonly #taken = new WakeSignal();
  #waiting: DatabaseEvent[] = [];
  /** How far the server has looked. */
  #checkpoint: Position | null = null;
  #failure: Error | null = null;
  #isConfirmed = false;
  #closed = false;
  readonly #heard: () => void;
  readonly #forget: () => void;

  /** `heard` is called whenever something comes from the server. */
  constructor(
    { client, replaced }: CurrentClient,
    { fromPosition, streamPrefixes }: { fromPosition: ReadPosition; streamPrefixes: readonly string[] | null },
    heard: () => void,
  ) {
    this.#heard = heard;
    const checkpoints = {
      maxSearchWindow: SEARCH_WINDOW,
      checkpointInterval: 1,
      checkpointReached: (_: unknown, position: Parameters<typeof positionFrom>[0]) => {
        this.#checkpoint = positionFrom(position);
        this.#came.wake();
        heard();
      },
    };
    const filter =
      streamPrefixes === null
        ? excludeSystemEvents(checkpoints)
        : streamNameFilter({ ...checkpoints, prefixes: [...streamPrefixes] });
    this.#subscription = client.subscribeToAll({ fromPosition, filter });
    // The client may emit an error once more after the end; without a listener that would end the process.
    this.#subscription.on('error', (error) => this.end(error));
    this.#subscription.on('confirmation', () => {
      this.#isConfirmed = true;
      this.#came.wake();
      heard();
    });
    // What the client cancels itself it ends without a word.
    const end = (): void => this.end(unavailable('the connection went silent'));
    replaced.addEventListener('abort', end, { once: true });
    this.#forget = () => replaced.removeEventListener('abort', end);
    void this.#pump();
  }

  /**
   * What comes, gathered while the consumer is busy; `confirmed` is called, more than once, when the server
   * has begun. Ends with the signal; rejects
   * when the subscription fails or ends.
   */
  async *batches(signal: AbortSignal, confirmed: () => void): AsyncGenerator<RecordedBatch> {
    let delivered: Position = '';
    while (!signal.aborted) {
      const since = this.#came.wakes;
      // What came with one packet is one batch.
      await nextTurn();
      if (this.#isConfirmed) confirmed();
      const batch = this.#take(delivered);
      if (batch !== null) {
        delivered = batch.position;
        yield batch;
      } else if (this.#failure !== null) {
        throw this.#failure;
      } else {
        await this.#came.wait({ signal, since });
      }
    }
  }

  /** After what has come, `batches` rejects with this error, unless it was ended before. */
  end(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : unavailable(String(error));
    this.#came.wake();
  }

  close(): void {
    this.#closed = true;
    this.#forget();
    this.#taken.wake();
    this.#subscription.unsubscribe().catch(() => undefined);
    this.#subscription.destroy();
  }

  #take(delivered: Position): RecordedBatch | null {
    const events = this.#waiting.map(recordedEvent);
    const last = events.at(-1);
    if (last !== undefined) {
      this.#waiting = [];
      this.#taken.wake();
      return { events, position: last.position };
    }
    // A checkpoint comes as soon as it is read, ahead of events that are still in the stream's own buffer.
    const checkpoint = this.#checkpoint;
    if (checkpoint === null || checkpoint <= delivered || this.#subscription.readableLength > 0) return null;
    return { events: [], position: checkpoint };
  }

  /** Takes one event after the other: handlers that run side by side would overtake each other. */
  async #pump(): Promise<void> {
    try {
      for await (const { event } of this.#subscription) {
        // The filter knows the server's own events by their type alone.
        if (event !== undefined && !isSystemEvent(event)) this.#waiting.push(event);
        this.#came.wake();
        this.#heard();
        while (this.#waiting.length >= MAX_WAITING && !this.#closed) await this.#taken.wait();
      }
      this.end(unavailable('the subscription ended'));
    } catch (error) {
      this.end(error);
    }
  }
}
