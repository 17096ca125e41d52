import type { Actor, DomainEvent, EventsByStream } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import type { StreamId, StreamKind } from '../domain/streams.js';
import type {
  AppendOptions,
  AppendResult,
  Archived,
  ExpectedRevision,
  ReadAllOptions,
  ReadStreamOptions,
  RecordedEvent,
} from './event-store.js';
import type { LastEvent, Position } from './position.js';

/** Who caused an event, in which request or run, and when. */
export interface Cause {
  readonly actor: Actor;
  /** The server's own id of the request or run. */
  readonly correlationId: string;
  /** The trace that it belongs to (W3C trace context), if there is one. */
  readonly traceparent?: string;
}

/** An event to be appended. `id` is a new UUID in lower case; a retry of the same append uses the same ids. */
export interface NewEvent<E extends DomainEvent = DomainEvent> extends Cause {
  readonly id: string;
  readonly occurredAt: Instant;
  readonly event: E;
}

/** An event of ours as the log holds it, decoded: its MAC is valid and its version known. */
export interface LogEvent<K extends StreamKind = StreamKind> extends Cause {
  readonly stream: StreamId & { readonly kind: K };
  readonly revision: number;
  readonly position: Position;
  readonly id: string;
  readonly occurredAt: Instant;
  /** The history of the log that it belongs to. */
  readonly historyId: string;
  readonly event: EventsByStream[K];
}

/** Consecutive events of ours, oldest first, and how far the log was read. */
export interface LogBatch {
  readonly events: readonly LogEvent[];
  readonly position: Position;
}

/** A batch as the log is followed. */
export interface FollowedBatch extends LogBatch {
  /** The same events as the log stores them. */
  readonly stored: readonly RecordedEvent[];
}

export interface LogPage extends LogBatch {
  /** Whether there is nothing after it yet. */
  readonly isEnd: boolean;
}

export interface FollowOptions {
  /** Begin after this position (exclusive); `null` is the beginning of the log. */
  readonly after: Position | null;
  /** See `SubscribeOptions.lastEvent`. */
  readonly lastEvent?: LastEvent | null;
  /** See `ReadStreamOptions.archived`. */
  readonly archived?: Archived;
  readonly signal: AbortSignal;
  readonly onConnection?: (state: 'connected' | 'waiting', reason?: unknown) => void;
}

/** Why an event in a stream of ours is not taken. `altered`: no valid MAC; `newer`: unknown type or version; `key_missing`: its integrity key is not in the key file. */
export type RefusalKind = 'altered' | 'newer' | 'key_missing';

/** An event in a stream of ours is not taken (G15): readers stop at it, loudly. Names it, never what it holds. */
export class RefusedEventError extends Error {
  override readonly name = 'RefusedEventError';
  readonly kind: RefusalKind;
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly eventId: string;

  constructor(
    kind: RefusalKind,
    event: {
      readonly stream: string;
      readonly revision: number;
      readonly position: Position;
      readonly id: string;
      readonly type: string;
    },
    reason: string,
  ) {
    super(`${kind}: event ${event.id} (${event.type}) of ${event.stream} at revision ${event.revision}: ${reason}`);
    this.kind = kind;
    this.stream = event.stream;
    this.revision = event.revision;
    this.position = event.position;
    this.eventId = event.id;
  }
}

/** One stretch of the log's history: from its `LogOpened` or `LogRestored` on. */
export interface HistoryEpoch {
  readonly historyId: string;
  /** Where it begins. */
  readonly position: Position;
  /** Families whose newest event is of an earlier history have ended. */
  readonly refuseOlder: boolean;
}

/**
 * The log as everybody but the adapters sees it: typed streams and events whose MAC was checked. Rejects as the store does, and
 * with `RefusedEventError`. Events of others are skipped and counted.
 */
export interface EventLog {
  /** The run that refresh tokens carry: the newest history id, embedded followed by a part that each start makes. */
  readonly runId: string;
  /** The issuer with which the log was opened. */
  readonly openedIssuer: string;
  readonly histories: readonly HistoryEpoch[];
  append<K extends StreamKind>(
    stream: StreamId & { readonly kind: K },
    events: readonly NewEvent<EventsByStream[K]>[],
    expectedRevision: ExpectedRevision,
    options?: AppendOptions,
  ): Promise<AppendResult>;
  /** The newest event of a stream, or null if there is none: how every command loads (one backwards read of one event). */
  readNewest<K extends StreamKind>(
    stream: StreamId & { readonly kind: K },
    options?: Pick<ReadStreamOptions, 'fromLeader' | 'mayBeKept'>,
  ): Promise<LogEvent<K> | null>;
  readStream<K extends StreamKind>(
    stream: StreamId & { readonly kind: K },
    options?: ReadStreamOptions,
  ): Promise<readonly LogEvent<K>[]>;
  /** A page of the whole log, oldest first. */
  readAll(options?: ReadAllOptions): Promise<LogPage>;
  /** The log from a position on and then, as they come, new events. */
  follow(options: FollowOptions): AsyncIterable<FollowedBatch>;
  /** Whether this is still the log that an event of ours was read from; see `EventStore.holds`. */
  holds(lastEvent: LastEvent): Promise<boolean>;
  /** The position of the newest event in the log, of ours or not; null if it is empty. */
  end(): Promise<Position | null>;
  ping(): Promise<void>;
}
