import type { StreamId } from '../domain/streams.js';
import { StreamDestroyedError } from './errors.js';
import { storedEvent } from './event-encoder.js';
import type { NewEvent } from './event-log.js';
import type { AppendOptions, AppendResult, EventStore, ExpectedRevision, StoredEvent } from './event-store.js';
import type { IntegrityKey } from './integrity.js';
import { pastDisowned } from './past-disowned.js';
import type { LastEvent } from './position.js';
import type { RecordedDecoding } from './recorded-decoding.js';

/** Where is appended, and who hears of it. */
interface Appending {
  readonly store: EventStore;
  readonly decoding: RecordedDecoding;
  readonly onMoved: (last: LastEvent) => void;
  /** Called with the seconds that the append took. */
  readonly onAppend?: (seconds: number) => void;
}

/** What the MACs of an append are made with. */
export interface MacedUnder {
  readonly historyId: string;
  readonly key: IntegrityKey;
}

/** What is appended to one stream. */
interface ToAppend {
  readonly stream: StreamId;
  /** The whole name, prefix included. */
  readonly name: string;
  readonly events: readonly NewEvent[];
  /** Asked each time that the store is given the events. What it throws, the append rejects with. */
  readonly under: () => MacedUnder;
}

/**
 * Appends behind the expected revision, or behind disowned events that stand there. Rejects as the store does, and with
 * `StreamDestroyedError` for a stream that somebody has deleted.
 */
export async function appendEvents(
  to: Appending,
  { stream, name, events, under }: ToAppend,
  expectedRevision: ExpectedRevision,
  options: AppendOptions,
): Promise<AppendResult> {
  const { store, decoding, onMoved, onAppend } = to;
  const startedAt = performance.now();
  const stored = (expected: ExpectedRevision): StoredEvent[] => {
    const first = expected === 'no_stream' ? 0 : expected + 1;
    const { historyId, key } = under();
    return events.map((event, index) => {
      const revision = first + index;
      const made = storedEvent(event, { stream: name, revision, historyId, key });
      decoding.known.appending({ stream, name, revision, historyId, kid: key.kid }, event, made);
      return made;
    });
  };
  let expected = expectedRevision;
  let result: AppendResult | null = null;
  while (result === null) {
    try {
      result = await store.append(name, stored(expected), expected, options);
    } catch (error) {
      expected = await pastDisowned(to, name, expected, error);
    }
  }
  if (result.revision !== (expected === 'no_stream' ? -1 : expected) + events.length)
    // Deleted softly before: what was appended is void, since it is MACed for the beginning of the stream.
    throw new StreamDestroyedError(name);
  onAppend?.((performance.now() - startedAt) / 1000);
  const last = events.at(-1);
  if (last !== undefined) onMoved({ position: result.position, eventId: last.id });
  if (stream.kind === 'log') await decoding.readOn();
  return result;
}
