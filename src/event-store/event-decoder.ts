import { messageOf } from '../domain/message-of.js';
import { decodeEvent } from '../domain/event-format/codec.js';
import type { WireData } from '../domain/event-format/field.js';
import { parseStreamName, type StreamId } from '../domain/streams.js';
import { RefusedEventError, type LogEvent, type RefusalKind } from './event-log.js';
import type { RecordedEvent } from './event-store.js';
import { isMacOf, type IntegrityKeys } from './integrity.js';
import { KnownEvents } from './known-events.js';
import type { LogHistory } from './log-history.js';
import { authenticMetadata, parseMetadata, type AuthenticMetadata, type StoredMetadata } from './stored-metadata.js';
import { upcast, UPCASTERS, type Upcasters } from './upcasters.js';

/** An event of ours, decoded, and the name of the key that it is MACed by; or why it is left out. */
export type Decoded = { readonly event: LogEvent; readonly kid: string } | { readonly skipped: 'foreign' | 'disowned' };

/** What the decoder stands on. */
export interface DecoderOptions {
  readonly prefix: string;
  readonly keys: IntegrityKeys;
  readonly history: LogHistory;
  readonly upcasters?: Upcasters;
}

/** An event's metadata, and the history that its valid MAC names. */
interface Authentic {
  readonly metadata: StoredMetadata;
  readonly historyId: string;
}

// An append that expects no stream has no more events than these, so none of it is MACed for a later revision.
const FIRST_APPEND = 4;

/** Makes events of ours of what the store holds: the one step through which everybody reads. */
export class EventDecoder {
  readonly #prefix: string;
  readonly #keys: IntegrityKeys;
  readonly #history: LogHistory;
  readonly #upcasters: Upcasters;
  /** What need not be checked again. */
  readonly known: KnownEvents;

  constructor({ prefix, keys, history, upcasters = UPCASTERS }: DecoderOptions) {
    this.#prefix = prefix;
    this.#keys = keys;
    this.#history = history;
    this.#upcasters = upcasters;
    this.known = new KnownEvents(history);
  }

  /** Throws `RefusedEventError` for an event in a stream of ours that is altered, newer than this program, or of a missing key. */
  decode(recorded: RecordedEvent): Decoded {
    const known = this.known.find(recorded);
    if (known !== null) return known;
    const stream = this.streamOf(recorded.stream);
    if (stream === null) return { skipped: 'foreign' };
    try {
      const authentic = this.#authenticate(recorded, stream);
      const { metadata, historyId } = authentic;
      const { kid } = metadata.mac;
      const event = this.#event(recorded, stream, { metadata, historyId, kid });
      this.known.checked(recorded, event, kid);
      return { event, kid };
    } catch (error) {
      const isUnauthentic = error instanceof RefusedEventError && error.kind !== 'newer';
      if (isUnauthentic && this.#history.isDisowned(recorded)) return { skipped: 'disowned' };
      throw error;
    }
  }

  /**
   * Whether an event is authentic, without decoding what it says: for those who read all of the log to check it. Throws as
   * `decode` does, but never `newer`.
   */
  check(recorded: RecordedEvent): { readonly stream: StreamId } | { readonly skipped: 'foreign' | 'disowned' } {
    const stream = this.streamOf(recorded.stream);
    if (stream === null) return { skipped: 'foreign' };
    try {
      this.#authenticate(recorded, stream);
      return { stream };
    } catch (error) {
      if (this.#history.isDisowned(recorded)) return { skipped: 'disowned' };
      throw error;
    }
  }

  /** Decodes an event of ours whose MAC was found valid already; null if its metadata are not in the usual form. Throws as `decode` does. */
  decodeAuthentic(recorded: RecordedEvent, stream: StreamId, historyId: string): LogEvent | null {
    const metadata = authenticMetadata(recorded.metadata);
    return metadata && this.#event(recorded, stream, { metadata, historyId, kid: metadata.kid });
  }

  /** The stream of a whole name; null if it is not exactly one of ours. */
  streamOf(name: string): StreamId | null {
    return parseStreamName(name, this.#prefix);
  }

  /**
   * Whether an event was MACed to begin its stream and stands at a later revision. EventStoreDB takes an append that expects no
   * stream on a stream that was deleted softly, and numbers it on.
   */
  wasToBeginStream(recorded: RecordedEvent): boolean {
    const metadata = parseMetadata(recorded.metadata);
    const key = metadata && this.#keys.of(metadata.mac.kid);
    const historyId = this.#history.at(recorded.position);
    if (!metadata || !key || historyId === null) return false;
    for (let revision = 0; revision < Math.min(FIRST_APPEND, recorded.revision); revision += 1) {
      const proof = { historyId, metadataWithoutMac: metadata.withoutMac, key };
      if (isMacOf(metadata.mac, { ...recorded, revision }, proof)) return true;
    }
    return false;
  }

  #authenticate(recorded: RecordedEvent, stream: StreamId): Authentic {
    const metadata = parseMetadata(recorded.metadata);
    if (metadata === null) throw refused('altered', recorded, 'it has no metadata as this program writes them');
    const { kid } = metadata.mac;
    const key = this.#keys.of(kid);
    if (key === null) throw refused('key_missing', recorded, `the key file has no integrity key ${kid}`);
    const historyId = this.#historyOf(recorded, stream);
    if (historyId === null) throw refused('altered', recorded, 'no history of the log was in force where it stands');
    const proof = { historyId, metadataWithoutMac: metadata.withoutMac, key };
    if (!isMacOf(metadata.mac, recorded, proof)) throw refused('altered', recorded, 'its MAC is not valid');
    if (!this.#history.isKeyValid(kid, recorded.position))
      throw refused('altered', recorded, `integrity key ${kid} was replaced before it`);
    return { metadata, historyId };
  }

  /** The history that an event is MACed under: the one in force, or the one that it begins. */
  #historyOf(recorded: RecordedEvent, stream: StreamId): string | null {
    const begins = stream.kind === 'log' && (recorded.type === 'LogOpened' || recorded.type === 'LogRestored');
    if (!begins) return this.#history.at(recorded.position);
    const { history } = dataOf(recorded) ?? {};
    return typeof history === 'string' ? history : null;
  }

  #event(
    recorded: RecordedEvent,
    stream: StreamId,
    {
      metadata,
      historyId,
      kid,
    }: { readonly metadata: Omit<AuthenticMetadata, 'kid'>; readonly historyId: string; readonly kid: string },
  ): LogEvent {
    const { id, type, revision, position } = recorded;
    const { occurredAt, actor, correlationId, traceparent } = metadata;
    const data = dataOf(recorded);
    if (data === null) throw refused('altered', recorded, 'its data are no JSON object');
    const newest = upcast({ type, schemaVersion: metadata.schemaVersion, data }, this.#upcasters);
    try {
      const event = decodeEvent({ stream: stream.kind, type, ...newest, id, occurredAt, revision });
      // The first event of all begins the first history; a key is announced by an event under that very key.
      if (event.type === 'LogOpened' && revision !== 0) throw refused('altered', recorded, 'the log was open already');
      if (event.type === 'IntegrityKeyChanged' && event.data.kid !== kid)
        throw refused('altered', recorded, 'it is MACed by another key than it names');
      const decoded = { stream, revision, position, id, occurredAt, historyId, event, actor, correlationId };
      return traceparent === undefined ? decoded : { ...decoded, traceparent };
    } catch (error) {
      if (error instanceof RefusedEventError) throw error;
      // An unknown type or version, or fields that are not as its version says; its MAC is valid, so another program of ours wrote it.
      throw refused('newer', recorded, messageOf(error));
    }
  }
}

function refused(kind: RefusalKind, recorded: RecordedEvent, reason: string): RefusedEventError {
  return new RefusedEventError(kind, recorded, reason);
}

function dataOf({ data }: RecordedEvent): WireData | null {
  try {
    const value = JSON.parse(data) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as WireData) : null;
  } catch {
    return null;
  }
}
