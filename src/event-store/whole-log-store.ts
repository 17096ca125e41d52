import { ArchiveCatalogue } from './archive-catalogue.js';
import type { Archives, ArchivedPart } from './archives.js';
import { ForeignPositionError } from './errors.js';
import {
  DEFAULT_MAX_COUNT,
  type AppendOptions,
  type AppendResult,
  type Archived,
  type EventStore,
  type ExpectedRevision,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedBatch,
  type RecordedEvent,
  type StoredEvent,
  type SubscribeOptions,
  type TextReader,
} from './event-store.js';
import { mergedPages } from './merged-pages.js';
import type { LastEvent, Position } from './position.js';
import { readArchivedStream } from './read-archived-stream.js';

const PAGE = 500;

type GapOptions = ReadStreamOptions & { readonly archived: Archived };

/**
 * An event store and the archives beside it, read as one log: what was archived stands where it stood. Nothing is looked for in an
 * archive unless the log lacks it, so the newest event of a stream and the end of the log cost what they cost without archives.
 */
export class WholeLogStore implements EventStore {
  readonly #store: EventStore;
  readonly #archives: Archives;
  readonly #catalogue: ArchiveCatalogue;
  /** There where the store has it, like the next ones. */
  readonly isDestroyed?: (stream: string) => Promise<boolean>;
  readonly readMisplaced?: (maxCount: number) => Promise<readonly RecordedEvent[]>;
  readonly openTextReader?: () => TextReader;

  /** `prefix`: what every stream name of this installation begins with. */
  constructor(store: EventStore, archives: Archives, prefix: string) {
    this.#store = store;
    this.#archives = archives;
    this.#catalogue = new ArchiveCatalogue({ store, archives, prefix });
    const isDestroyed = store.isDestroyed?.bind(store);
    if (isDestroyed !== undefined) this.isDestroyed = isDestroyed;
    const readMisplaced = store.readMisplaced?.bind(store);
    if (readMisplaced !== undefined) this.readMisplaced = readMisplaced;
    if (store.openTextReader !== undefined) this.openTextReader = () => this.#textReader(store.openTextReader?.());
  }

  append(
    stream: string,
    events: readonly StoredEvent[],
    expected: ExpectedRevision,
    options?: AppendOptions,
  ): Promise<AppendResult> {
    return this.#store.append(stream, events, expected, options);
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    // The log first: what is removed while this reads was put into an archive before.
    const page = await this.#store.readStream(stream, options);
    const { direction = 'forwards', maxCount = DEFAULT_MAX_COUNT, archived = 'needed' } = options;
    if (archived === 'left_out' || (direction === 'backwards' && page.length >= maxCount)) return page;
    return direction === 'forwards'
      ? this.#forwards(stream, page, { ...options, archived })
      : this.#backwards(stream, page, { ...options, archived });
  }

  async readAll(options: ReadAllOptions = {}): Promise<readonly RecordedEvent[]> {
    const { after = null, maxCount = DEFAULT_MAX_COUNT, archived = 'needed' } = options;
    const page = await this.#store.readAll(options);
    if (archived === 'left_out') return page;
    await this.#catalogue.refresh();
    const archives = await this.#catalogue.after(after, archived === 'needed');
    if (archives.length === 0) return page;
    const mayBeDamaged = archived === 'if_there';
    const parts = await Promise.all(archives.map((archive) => archive.readAll(after, maxCount, mayBeDamaged)));
    return mergedPages([page, ...parts]).slice(0, maxCount);
  }

  async *subscribeToAll(options: SubscribeOptions): AsyncGenerator<RecordedBatch> {
    const { archived = 'needed', signal, streamPrefixes } = options;
    let place: Pick<SubscribeOptions, 'after' | 'lastEvent'> = options;
    if (archived !== 'left_out' && (await this.#hasArchivedAfter(place.after, archived))) {
      const { lastEvent } = options;
      if (lastEvent != null && !(await this.#store.holds(lastEvent))) throw new ForeignPositionError(lastEvent.position);
      do {
        const { after } = place;
        const page = await this.readAll({ maxCount: PAGE, archived, ...(after === null ? {} : { after }) });
        const last = page.at(-1);
        if (last === undefined || signal.aborted) break;
        place = { after: last.position, lastEvent: { position: last.position, eventId: last.id } };
        const isWanted = ({ stream }: RecordedEvent): boolean =>
          streamPrefixes === undefined || streamPrefixes.some((prefix) => stream.startsWith(prefix));
        yield { events: page.filter(isWanted), position: last.position };
      } while (await this.#hasArchivedAfter(place.after, archived));
    }
    yield* this.#store.subscribeToAll({ ...options, ...place });
  }

  readNewest(): Promise<RecordedEvent | null> {
    return this.#store.readNewest();
  }

  holds(lastEvent: LastEvent, isOurs?: (stream: string) => boolean): Promise<boolean> {
    return this.#store.holds(lastEvent, isOurs);
  }

  truncateStream(stream: string, before: number): Promise<void> {
    return this.#store.truncateStream(stream, before);
  }

  ping(): Promise<void> {
    return this.#store.ping();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** Gives no text where archived events belong between: that page is read as objects. */
  #textReader(reader: TextReader | undefined): TextReader {
    return {
      read: async (options) => {
        const { after = null, archived = 'needed' } = options;
        const text = (await reader?.read(options)) ?? null;
        if (text === null || archived === 'left_out') return text;
        return (await this.#hasArchivedAfter(after, archived)) ? null : text;
      },
      close: async () => reader?.close(),
    };
  }

  async #forwards(
    stream: string,
    page: readonly RecordedEvent[],
    { from = 0, maxCount = DEFAULT_MAX_COUNT, archived }: GapOptions,
  ): Promise<readonly RecordedEvent[]> {
    const [first] = page;
    // The newest event of a stream is never archived: where nothing stands, nothing stood.
    if (first === undefined || first.revision <= from) return page;
    const range = { from, before: Math.min(first.revision, from + maxCount) };
    return [...(await this.#archived(stream, range, archived)), ...page].slice(0, maxCount);
  }

  async #backwards(
    stream: string,
    page: readonly RecordedEvent[],
    { from, maxCount = DEFAULT_MAX_COUNT, archived }: GapOptions,
  ): Promise<readonly RecordedEvent[]> {
    const before = page.at(-1)?.revision ?? (from === undefined ? 0 : from + 1);
    if (before === 0) return page;
    const range = { from: Math.max(0, before - (maxCount - page.length)), before };
    return [...page, ...(await this.#archived(stream, range, archived)).toReversed()];
  }

  async #hasArchivedAfter(after: Position | null, archived: Archived): Promise<boolean> {
    await this.#catalogue.refresh();
    return (await this.#catalogue.after(after, archived === 'needed')).length > 0;
  }

  async #archived(stream: string, range: ArchivedPart, archived: Archived): Promise<readonly RecordedEvent[]> {
    await this.#catalogue.refresh();
    const beside = { catalogue: this.#catalogue, archives: this.#archives };
    return readArchivedStream(beside, stream, range, archived);
  }
}
