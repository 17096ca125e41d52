import { randomUUID } from 'node:crypto';
import { streamName, type StreamId } from '../../../src/domain/streams.js';
import { storedEvent } from '../../../src/event-store/event-encoder.js';
import type { LogBatch, LogEvent, NewEvent, RefusedEventError } from '../../../src/event-store/event-log.js';
import type { EventStore, RecordedEvent, StoredEvent } from '../../../src/event-store/event-store.js';
import type { IntegrityKey } from '../../../src/event-store/integrity.js';
import { openEventLog, type OpenedLog, type OpenEventLogOptions } from '../../../src/event-store/open-event-log.js';
import { appendNext } from '../log-events.js';
import { TestKeys } from './integrity-keys.js';
import { NOW } from './some-family.js';

/** A log of its own in a store that others use as well: its streams have a prefix that nobody else has. */
export class TestLog {
  readonly store: EventStore;
  readonly prefix = `t${randomUUID()}_`;
  readonly keys = new TestKeys('one');
  readonly skipped: string[] = [];
  readonly refused: RefusedEventError[] = [];

  constructor(store: EventStore) {
    this.store = store;
  }

  open(options: Partial<OpenEventLogOptions> = {}): Promise<OpenedLog> {
    return openEventLog({
      store: this.store,
      prefix: this.prefix,
      keys: this.keys,
      issuer: 'https://auth.example.com',
      runSuffix: null,
      now: () => NOW,
      newId: randomUUID,
      mayOpen: true,
      onSkipped: (stream, reason) => this.skipped.push(`${reason} ${stream.slice(this.prefix.length)}`),
      onRefused: (error) => this.refused.push(error),
      ...options,
    });
  }

  name(stream: StreamId): string {
    return `${this.prefix}${streamName(stream)}`;
  }

  /** An event as this program would store it at a place. */
  stored(
    event: NewEvent,
    {
      stream,
      revision,
      historyId,
      key = this.keys.current,
    }: {
      readonly stream: StreamId;
      readonly revision: number;
      readonly historyId: string;
      readonly key?: IntegrityKey;
    },
  ): StoredEvent {
    return storedEvent(event, { stream: this.name(stream), revision, historyId, key });
  }

  /** Appends past the decoding step, as somebody can who has the store and no key. */
  forge(stream: StreamId, ...events: readonly StoredEvent[]): Promise<unknown> {
    return appendNext(this.store, this.name(stream), events);
  }

  /** What the store holds of a stream. */
  recorded(stream: StreamId): Promise<readonly RecordedEvent[]> {
    return this.store.readStream(this.name(stream));
  }
}

/** What a follower sees until it is refused or the batch that reaches an event. */
export async function followUntil(log: OpenedLog, id: string): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const batch of batches(log)) {
    events.push(...batch.events);
    if (events.some((event) => event.id === id)) break;
  }
  return events;
}

function batches(log: OpenedLog): AsyncIterable<LogBatch> {
  const [first] = log.histories;
  return log.follow({ after: first!.position, signal: AbortSignal.timeout(60_000) });
}

/** The whole log as pages give it; rejects at the first event that is refused. */
export async function readWholeLog(log: OpenedLog): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  let after = log.histories[0]!.position;
  for (;;) {
    const page = await log.readAll({ after, maxCount: 50 });
    events.push(...page.events);
    if (page.isEnd) return events;
    after = page.position;
  }
}
