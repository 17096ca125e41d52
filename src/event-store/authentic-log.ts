import { LOG_STREAM, streamName, type StreamKind } from '../domain/streams.js';
import type { ArchivedBefore } from './archive-catalogue.js';
import { authenticText, type AuthenticText } from './authentic-text.js';
import { EventDecoder } from './event-decoder.js';
import { RefusedEventError, type LogEvent } from './event-log.js';
import type { Archived, EventStore, ReadAllOptions, RecordedEvent } from './event-store.js';
import type { IntegrityKeys } from './integrity.js';
import { LogHistory, type NamedArchive } from './log-history.js';
import { LogText } from './log-text.js';
import { readLogStream } from './read-log-stream.js';
import { TextPages } from './text-pages.js';
import type { Position } from './position.js';

/**
 * What became of checking an event in a stream of ours. `ours`: its MAC is valid; `disowned`: an operator left it out; `void`: it was to
 * begin a stream that somebody had deleted softly; else why it is refused.
 */
export type Verdict = 'ours' | 'disowned' | 'void' | RefusedEventError;

/** An event in a stream of ours as it is stored, and what is to be thought of it. */
export interface CheckedEvent {
  readonly recorded: RecordedEvent;
  readonly kind: StreamKind;
  readonly verdict: Verdict;
}

export interface CheckedPage {
  readonly events: readonly CheckedEvent[];
  /** How far the log was read; null if it is empty. */
  readonly position: Position | null;
  readonly isEnd: boolean;
}

/** A page whose events of ours all have a valid MAC, as a text; or any page, event by event. */
export type QuickPage =
  (Omit<CheckedPage, 'events'> & { readonly authentic: AuthenticText }) | (CheckedPage & { readonly authentic: null });

export interface AuthenticLogOptions {
  readonly store: Pick<EventStore, 'readAll' | 'openTextReader' | 'readStream' | 'readMisplaced'>;
  readonly prefix: string;
  readonly keys: IntegrityKeys;
  /** What becomes of archived events. Default `needed`. */
  readonly archived?: Archived;
}

/**
 * The log as it is stored, event by event, with each MAC checked: what is forged is named and does not end the reading. For the tree
 * over the log, its verification and its export. Rejects as the store does.
 */
export class AuthenticLog {
  readonly #options: AuthenticLogOptions;
  readonly #history: LogHistory;
  readonly #decoder: EventDecoder;
  #pages: TextPages | null = null;

  constructor(options: AuthenticLogOptions) {
    this.#options = options;
    this.#history = new LogHistory(options.keys);
    this.#decoder = new EventDecoder({ ...options, history: this.#history });
  }

  get prefix(): string {
    return this.#options.prefix;
  }

  /** What `…log` says, as far as it was read. */
  get history(): LogHistory {
    return this.#history;
  }

  /** A page of the events in streams of ours, oldest first; `maxCount` counts those of others too. */
  async page(after: Position | null, maxCount: number): Promise<CheckedPage> {
    return this.#checked(await this.#options.store.readAll(this.#pageAfter(after, maxCount)), after, maxCount);
  }

  /** The same; the MACs of a page in which there is nothing unusual are checked at once. */
  async quickPage(after: Position | null, maxCount: number): Promise<QuickPage> {
    const recorded = await this.#options.store.readAll(this.#pageAfter(after, maxCount));
    return this.#quick(LogText.from(recorded) ?? recorded, after, maxCount);
  }

  /** The same once more, for who reads the whole log: each page is read while the one before it is worked on. To be closed. */
  async nextPage(after: Position | null, maxCount: number): Promise<QuickPage> {
    this.#pages ??= new TextPages(this.#options.store);
    return this.#quick(await this.#pages.read(this.#pageAfter(after, maxCount)), after, maxCount);
  }

  /** Events in streams of ours at places that the store gives to no event: see `EventStore.readMisplaced`. */
  async misplaced(maxCount: number): Promise<readonly CheckedEvent[]> {
    const recorded = (await this.#options.store.readMisplaced?.(maxCount)) ?? [];
    return (await this.#checked(recorded, null, maxCount)).events;
  }

  /** Ends what `nextPage` has opened. */
  async close(): Promise<void> {
    await this.#pages?.close();
  }

  #pageAfter(after: Position | null, maxCount: number): ReadAllOptions & { readonly maxCount: number } {
    const { archived = 'needed' } = this.#options;
    return { maxCount, archived, ...(after === null ? {} : { after }) };
  }

  async #quick(page: LogText | readonly RecordedEvent[], after: Position | null, maxCount: number): Promise<QuickPage> {
    if (this.#history.revision < 0) await this.catchUp();
    const authentic = page instanceof LogText ? authenticText(page, { ...this.#options, history: this.#history }) : null;
    if (authentic !== null) {
      const { count } = authentic.text;
      return { authentic, position: authentic.text.position(count - 1), isEnd: count < maxCount };
    }
    const recorded = page instanceof LogText ? page.all() : page;
    return { authentic: null, ...(await this.#checked(recorded, after, maxCount)) };
  }

  async #checked(page: readonly RecordedEvent[], after: Position | null, maxCount: number): Promise<CheckedPage> {
    if (this.#history.revision < 0) await this.catchUp();
    const events: CheckedEvent[] = [];
    for (const recorded of page) {
      const stream = this.#decoder.streamOf(recorded.stream);
      if (stream === null) continue;
      const verdict = this.#check(recorded);
      events.push({ recorded, kind: stream.kind, verdict: verdict === 'ours' ? verdict : await this.#again(recorded) });
      // What it says of keys and histories holds for what stands behind it.
      if (stream.kind === 'log') this.#take(recorded);
    }
    return { events, position: page.at(-1)?.position ?? after, isEnd: page.length < maxCount };
  }

  /**
   * Reads what is new in `…log`; resolves to whether there was something. An event of it that is forged is passed over: what stands on it
   * is refused then.
   */
  async catchUp(): Promise<boolean> {
    const { store, prefix } = this.#options;
    const before = this.#history.revision;
    const next = (): number => this.#history.revision + 1;
    await readLogStream({ store, prefix, next, take: (recorded) => this.#take(recorded) });
    return this.#history.revision > before;
  }

  /** Of which streams an archive holds the beginnings, as authentic events say: read again, since there may be very many. */
  async *streamsOf({ saidAt }: NamedArchive): AsyncGenerator<ArchivedBefore, void, undefined> {
    const { store, prefix } = this.#options;
    for (const from of saidAt) {
      const [recorded] = await store.readStream(`${prefix}${streamName(LOG_STREAM)}`, { from, maxCount: 1 });
      if (recorded?.revision !== from || this.#check(recorded) !== 'ours') continue;
      const decoded = this.#decoder.decode(recorded);
      if ('event' in decoded && decoded.event.event.type === 'EventsArchived') yield* decoded.event.event.data.streams;
    }
  }

  #take(recorded: RecordedEvent): void {
    // Where one is missing, those after it are taken all the same.
    while (this.#history.revision + 1 < recorded.revision) this.#history.pass(this.#history.revision + 1);
    try {
      const decoded = this.#decoder.decode(recorded);
      if ('event' in decoded) this.#history.take(decoded.event as LogEvent<'log'>, decoded.kid);
    } catch (error) {
      if (!(error instanceof RefusedEventError)) throw error;
    }
    this.#history.pass(recorded.revision);
  }

  /** Perhaps `…log` has said something since that explains the event. */
  async #again(recorded: RecordedEvent): Promise<Verdict> {
    await this.catchUp();
    const verdict = this.#check(recorded);
    return verdict instanceof RefusedEventError && (await this.#isVoid(recorded)) ? 'void' : verdict;
  }

  #check(recorded: RecordedEvent): Verdict {
    try {
      return 'stream' in this.#decoder.check(recorded) ? 'ours' : 'disowned';
    } catch (error) {
      if (error instanceof RefusedEventError) return error;
      throw error;
    }
  }

  async #isVoid(recorded: RecordedEvent): Promise<boolean> {
    if (!this.#decoder.wasToBeginStream(recorded)) return false;
    const [first] = await this.#options.store.readStream(recorded.stream, {
      maxCount: 1,
      fromLeader: true,
      archived: 'left_out',
    });
    return first !== undefined && this.#decoder.wasToBeginStream(first);
  }
}
