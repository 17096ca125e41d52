import type { Instant } from '../domain/instant.js';
import type { EventDecoder } from './event-decoder.js';
import { RefusedEventError, type LogEvent } from './event-log.js';
import type { EventStore, RecordedEvent } from './event-store.js';
import type { KnownEvents } from './known-events.js';
import type { LogHistory } from './log-history.js';
import { readLogStream } from './read-log-stream.js';

/**
 * Why an event is left out: in a stream that only looks like one of ours, disowned, or void, since it was to begin a stream that
 * somebody had deleted softly.
 */
export type SkipReason = 'foreign' | 'disowned' | 'void';

/** What the decoding of many events stands on. */
export interface RecordedDecodingOptions {
  readonly store: EventStore;
  readonly prefix: string;
  readonly decoder: EventDecoder;
  readonly history: LogHistory;
  /** Called once for each stream and reason. */
  readonly onSkipped: (stream: string, reason: SkipReason) => void;
  /** Called for each event that is refused, each time it is met. */
  readonly onRefused: (error: RefusedEventError) => void;
  /** Called with the id of each disowned event, each time it is met. */
  readonly onDisowned: (eventId: string) => void;
}

/** Events of ours, decoded and as they are stored, and the event before which they end; null if none was refused. */
export interface DecodedEvents {
  readonly events: readonly LogEvent[];
  readonly stored: readonly RecordedEvent[];
  readonly refused: RefusedEventError | null;
}

const MAX_REPORTED = 1_000;

/** Decodes what was read, and keeps up with what `…log` says where that decides. */
export class RecordedDecoding {
  readonly #options: RecordedDecodingOptions;
  readonly #reported = new Set<string>();
  /** Events of `…log` that are refused, as far as it was read, and that none behind them disowns. */
  #refused: readonly { readonly recorded: RecordedEvent; readonly error: RefusedEventError }[] = [];
  readonly #skipped: Record<SkipReason, number> = { foreign: 0, disowned: 0, void: 0 };
  #reading: Promise<boolean> | null = null;
  /** When the newest event that was read of each integrity key occurred. */
  readonly #lastUses = new Map<string, Instant>();

  constructor(options: RecordedDecodingOptions) {
    this.#options = options;
  }

  /** How many events were left out since the start, by why; one that is read twice counts twice. */
  get skipped(): Readonly<Record<SkipReason, number>> {
    return this.#skipped;
  }

  /** When the newest event occurred that was read and is MACed by another key than this one; null if none was. */
  lastUseOfOthers(kid: string): Instant | null {
    const others = [...this.#lastUses].filter(([other]) => other !== kid).map(([, at]) => at);
    return others.length === 0 ? null : Math.max(...others);
  }

  /** What need not be checked again. */
  get known(): KnownEvents {
    return this.#options.decoder.known;
  }

  /** Decodes events in their order, up to the first that is refused. */
  async decodeAll(recorded: readonly RecordedEvent[]): Promise<DecodedEvents> {
    const events: LogEvent[] = [];
    const stored: RecordedEvent[] = [];
    for (const one of recorded) {
      try {
        const decoded = this.decodeNow(one) ?? (await this.decodeOne(one));
        if (!('event' in decoded)) continue;
        events.push(decoded.event);
        stored.push(one);
      } catch (error) {
        if (error instanceof RefusedEventError) return { events, stored, refused: error };
        throw error;
      }
    }
    return { events, stored, refused: null };
  }

  /** Rejects with `RefusedEventError`. */
  async decodeOne(recorded: RecordedEvent): Promise<{ readonly event: LogEvent } | { readonly skipped: SkipReason }> {
    try {
      return this.#decodeOrThrow(recorded);
    } catch (error) {
      // Perhaps `…log` has said something since: a new history, a new key, that this very event is disowned.
      if (await this.readOn()) return this.decodeOne(recorded);
      if (await this.#isVoid(recorded)) return this.#skip(recorded, 'void');
      if (error instanceof RefusedEventError) this.#options.onRefused(error);
      throw error;
    }
  }

  /**
   * Reads what is new in `…log`, to its end. Rejects with the `RefusedEventError` of its first event that is refused, unless an event of ours
   * behind it disowns exactly that one.
   */
  async catchUp(): Promise<void> {
    await this.readOn();
    const [first] = this.#refused;
    if (first !== undefined) throw first.error;
  }

  /**
   * Reads what is new in `…log`, to its end; resolves to whether there was something. What is refused there is passed
   * over, since an event behind it may disown it. Rejects with `RefusedEventError` for one of a newer version.
   */
  readOn(): Promise<boolean> {
    this.#reading ??= this.#readLog().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** The usual case without a promise; null if the event would be refused. */
  decodeNow(recorded: RecordedEvent): { readonly event: LogEvent } | { readonly skipped: SkipReason } | null {
    try {
      return this.#decodeOrThrow(recorded);
    } catch (error) {
      if (error instanceof RefusedEventError) return null;
      throw error;
    }
  }

  #decodeOrThrow(recorded: RecordedEvent): { readonly event: LogEvent } | { readonly skipped: SkipReason } {
    const decoded = this.#options.decoder.decode(recorded);
    if ('skipped' in decoded) return this.#skip(recorded, decoded.skipped);
    const { event, kid } = decoded;
    if (event.occurredAt > (this.#lastUses.get(kid) ?? -Infinity)) this.#lastUses.set(kid, event.occurredAt);
    if (isOfLog(event)) this.#options.history.take(event, kid);
    return decoded;
  }

  #skip(recorded: RecordedEvent, skipped: SkipReason): { readonly skipped: SkipReason } {
    const { prefix, onSkipped } = this.#options;
    // In a shared store the streams of other programs are nothing to speak of, unless they look like ours.
    if (skipped === 'foreign' && !recorded.stream.startsWith(prefix)) return { skipped };
    this.#skipped[skipped] += 1;
    if (skipped === 'disowned') this.#options.onDisowned(recorded.id);
    const key = `${skipped} ${recorded.stream}`;
    if (!this.#reported.has(key) && this.#reported.size < MAX_REPORTED) {
      this.#reported.add(key);
      onSkipped(recorded.stream, skipped);
    }
    return { skipped };
  }

  async #readLog(): Promise<boolean> {
    const { store, prefix, history } = this.#options;
    const before = history.revision;
    const next = (): number => history.revision + 1;
    await readLogStream({ store, prefix, next, take: (recorded) => this.#take(recorded) });
    this.#refused = this.#refused.filter(({ recorded }) => !history.isDisowned(recorded));
    return history.revision > before;
  }

  #take(recorded: RecordedEvent): void {
    const { decoder, history } = this.#options;
    try {
      const decoded = decoder.decode(recorded);
      if ('event' in decoded && isOfLog(decoded.event)) history.take(decoded.event, decoded.kid);
    } catch (error) {
      if (!(error instanceof RefusedEventError) || error.kind === 'newer') throw error;
      this.#refused = [...this.#refused, { recorded, error }];
    }
    // Nothing is taken in of one that is disowned, or may be further on.
    history.pass(recorded.revision);
  }

  /** Whether the stream was deleted softly, and this event is of the append that was to begin it. */
  async #isVoid(recorded: RecordedEvent): Promise<boolean> {
    const { store, decoder } = this.#options;
    if (!decoder.wasToBeginStream(recorded)) return false;
    const [first] = await store.readStream(recorded.stream, { maxCount: 1, fromLeader: true, archived: 'left_out' });
    return first !== undefined && decoder.wasToBeginStream(first);
  }
}

function isOfLog(event: LogEvent): event is LogEvent<'log'> {
  return event.stream.kind === 'log';
}
