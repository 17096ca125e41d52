import { truncateStream } from '../../../src/adapters/eventstoredb/truncation.js';
import { StreamDestroyedError } from '../../../src/event-store/errors.js';
import type {
  AppendOptions,
  AppendResult,
  EventStore,
  ExpectedRevision,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedBatch,
  RecordedEvent,
  StoredEvent,
  SubscribeOptions,
} from '../../../src/event-store/event-store.js';
import type { LastEvent, Position } from '../../../src/event-store/position.js';

const METADATA_OF = '$$';
const EVERYTHING = 1_000_000;

/** What an operator can do to a log at the server: delete a stream, softly or for good, and scavenge events. */
export class OperatedStore implements EventStore {
  readonly #store: EventStore;
  readonly #tombstones = new Set<string>();
  /** The revision up to which a stream was deleted softly. */
  readonly #deletedUpTo = new Map<string, number>();
  readonly #scavenged = new Set<Position>();
  /** By their streams' metadata. */
  readonly #truncatedBefore = new Map<string, number>();

  constructor(store: EventStore) {
    this.#store = store;
  }

  tombstone(stream: string): void {
    this.#tombstones.add(stream);
  }

  /** Its events stay in the whole log until they are scavenged. */
  async deleteSoftly(stream: string): Promise<void> {
    const [newest] = await this.#store.readStream(stream, { direction: 'backwards', maxCount: 1 });
    if (newest !== undefined) this.#deletedUpTo.set(stream, newest.revision);
  }

  scavenge(...positions: readonly Position[]): void {
    for (const position of positions) this.#scavenged.add(position);
  }

  isScavenged(position: Position): boolean {
    return this.#scavenged.has(position);
  }

  async append(
    stream: string,
    events: readonly StoredEvent[],
    expected: ExpectedRevision,
    options?: AppendOptions,
  ): Promise<AppendResult> {
    if (this.#tombstones.has(stream)) throw new StreamDestroyedError(stream);
    const deleted = this.#deletedUpTo.get(stream);
    // Once there are events again, the stream is not to be begun any more.
    const isEmpty = deleted !== undefined && (await this.readStream(stream, { maxCount: 1 })).length === 0;
    const result = await this.#store.append(
      stream,
      events,
      isEmpty && expected === 'no_stream' ? deleted : expected,
      options,
    );
    if (stream.startsWith(METADATA_OF)) this.#takeMetadata(stream.slice(METADATA_OF.length), events);
    return result;
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    if (this.#tombstones.has(stream)) throw new StreamDestroyedError(stream);
    const { maxCount = EVERYTHING } = options;
    const deleted = Math.max(this.#deletedUpTo.get(stream) ?? -1, (this.#truncatedBefore.get(stream) ?? 0) - 1);
    const all = await this.#store.readStream(stream, { ...options, maxCount: EVERYTHING });
    return this.#surviving(all)
      .filter(({ revision }) => revision > deleted)
      .slice(0, maxCount);
  }

  async readAll({ after, maxCount = EVERYTHING }: ReadAllOptions = {}): Promise<readonly RecordedEvent[]> {
    // Nothing was scavenged: the page is as it is.
    const wanted = this.#scavenged.size === 0 ? maxCount : EVERYTHING;
    const all = await this.#store.readAll({ maxCount: wanted, ...(after === undefined ? {} : { after }) });
    return this.#surviving(all).slice(0, maxCount);
  }

  async readNewest(): Promise<RecordedEvent | null> {
    if (this.#scavenged.size === 0) return this.#store.readNewest();
    return (await this.readAll()).at(-1) ?? null;
  }

  holds(lastEvent: LastEvent): Promise<boolean> {
    return this.#store.holds(lastEvent);
  }

  async *subscribeToAll(options: SubscribeOptions): AsyncGenerator<RecordedBatch> {
    for await (const { events, position } of this.#store.subscribeToAll(options))
      yield { events: this.#surviving(events), position };
  }

  /** As clients do it: by the stream's metadata. */
  async truncateStream(stream: string, before: number): Promise<void> {
    await truncateStream(this, stream, before);
  }

  ping(): Promise<void> {
    return this.#store.ping();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #takeMetadata(stream: string, events: readonly StoredEvent[]): void {
    for (const { data } of events) {
      const { $tb: before } = JSON.parse(data) as { readonly $tb?: number };
      if (before !== undefined) this.#truncatedBefore.set(stream, before);
    }
  }

  #surviving(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    return this.#scavenged.size === 0 ? events : events.filter(({ position }) => !this.#scavenged.has(position));
  }
}
