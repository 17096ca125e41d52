import type { EventType } from '../domain/event.js';
import type { StreamKind } from '../domain/streams.js';
import type { LogBatch, LogEvent } from '../event-store/event-log.js';
import type { Archived } from '../event-store/event-store.js';
import type { LastEvent, Position } from '../event-store/position.js';

/** A batch of so many events shows that the log is under load: then more gather before the next one is asked for. */
export const LOAD_EVENTS = 8;

/** Which events of the log somebody takes. */
export interface Takes {
  readonly streams: readonly StreamKind[];
  /** Default: every type of these streams. */
  readonly types?: readonly EventType[];
}

/** A place in the log to go on from. */
export interface Place {
  /** After this position (exclusive); null is the beginning of the log. */
  readonly after: Position | null;
  /** The last event of ours at or before it: shows that the log is still the same one. */
  readonly lastEvent: LastEvent | null;
}

/** The events of a batch that a processor takes, and where to go on after it. */
export interface TakenBatch extends LogBatch {
  /**
   * The last event of ours at or before the position, taken or not: to be stored with it, since it shows later that the log is
   * still the same one. Null if there is none.
   */
  readonly lastEvent: LastEvent | null;
}

/**
 * Work that follows the log from a checkpoint of its own, at least once an event. Whether a lease keeps it to one of all
 * instances is decided where it is started (`LeasedProcessor`); two at once must do no harm.
 */
export interface Processor {
  /** Also the name of its lease, of its checkpoint and of its spans. */
  readonly name: string;
  readonly takes: Takes;
  /** Whether it needs what was archived, where it begins before that. Default: `left_out`, since it has done its work there. */
  readonly archived?: Archived;
  /**
   * Store the checkpoint with each batch of the log, also when no event of it is taken, since clients wait for the position.
   * Default false: the position is then stored with the next event that is taken, or once a minute.
   */
  readonly isPrompt?: boolean;
  /** Where to begin: asked at each start, and after each failure. Rejects as its stores do. */
  from(): Promise<Place>;
  /**
   * Does what the events ask for and stores the checkpoint, durable when it resolves. May be given events again that it has had.
   * Rejects with `CheckpointTakenError` to begin again, with `UnappliedEventError` or as its stores do.
   */
  handle(batch: TakenBatch): Promise<void>;
  /** Whether what it keeps was replaced beside it (a rebuild): asked while nothing comes. What it rejects with is as good as no. */
  isReplaced?(): Promise<boolean>;
  /** Called when it is stopped, after the batch at hand: ends what goes on beside `handle`. Must not reject. */
  end?(): Promise<void>;
}

/** Another holder moved the checkpoint, or a rebuild was put in place: begin again from the present checkpoint. */
export class CheckpointTakenError extends Error {
  override readonly name = 'CheckpointTakenError';
}

/** An event that a processor could not handle, and why. Holds nothing personal. */
export interface UnappliedEvent {
  readonly eventId: string;
  /** Null if the event was refused before its type counted. */
  readonly type: string | null;
  /** The name of its stream. */
  readonly stream: string;
  readonly position: Position;
  readonly reason: string;
}

/** Nothing is done past this event until it can be handled: it is never skipped (G8). */
export class UnappliedEventError extends Error {
  override readonly name = 'UnappliedEventError';
  readonly event: UnappliedEvent;

  constructor(event: UnappliedEvent) {
    super(`${event.type} (${event.eventId}) of ${event.stream} at ${event.position}: ${event.reason}`);
    this.event = event;
  }
}

/** What the processor keeps was made by another program, or of another log: a sentence that says what to do. */
export class RebuildNeededError extends Error {
  override readonly name = 'RebuildNeededError';
}

/** The events that are taken, in their order. */
export function taken(events: readonly LogEvent[], { streams, types }: Takes): readonly LogEvent[] {
  return events.filter(
    ({ stream, event }) => streams.includes(stream.kind) && (types === undefined || types.includes(event.type)),
  );
}

/** The last of some events, as a checkpoint remembers it; null if there are none. */
export function lastEventOf(events: readonly LogEvent[]): LastEvent | null {
  const last = events.at(-1);
  return last === undefined ? null : { position: last.position, eventId: last.id };
}
