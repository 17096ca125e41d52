import { isoOf, type Instant } from '../domain/instant.js';
import { streamName, userStream } from '../domain/streams.js';
import type { LogEvent } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import type { UserAuditContext } from './context.js';
import { deviceStreamsOf } from './device-streams.js';
import { opened, openedClient, type AuditedClient } from './personal.js';
import { mergedEvents } from './stream-events.js';
import { wordsOf, type OpenedValues } from './words.js';

/** One event of a user, with what it means in words. `occurred_at` is ISO 8601. */
export interface TimelineEntry extends AuditedClient {
  readonly position: Position;
  readonly stream: string;
  readonly revision: number;
  readonly event_id: string;
  readonly type: string;
  readonly occurred_at: string;
  readonly actor: string;
  /** Null for an event of the account. */
  readonly session_id: string | null;
  readonly generation: number | null;
  readonly words: string;
}

export interface TimelineRange {
  /** Events that occurred from here on. */
  readonly from?: Instant;
  /** Events that occurred up to here, the instant itself included. */
  readonly to?: Instant;
  /** Events after this position. */
  readonly after?: Position;
}

/** What happened to a user's account and on their devices, oldest first, from the user's own streams alone. */
export async function* timelineOf(
  context: UserAuditContext,
  userId: string,
  { from = -Infinity, to = Infinity, after }: TimelineRange = {},
): AsyncGenerator<TimelineEntry, void, undefined> {
  const streams = [userStream(userId), ...(await deviceStreamsOf(context, userId))];
  for await (const event of mergedEvents(context.eventLog, streams, after ?? null)) {
    if (event.occurredAt < from || event.occurredAt > to) continue;
    if (isOfUser(event)) yield await entryOf(context, userId, event);
  }
}

type UserEvent = LogEvent<'token'> | LogEvent<'user'>;

function isOfUser(event: LogEvent): event is UserEvent {
  return event.stream.kind === 'token' || event.stream.kind === 'user';
}

async function entryOf(context: UserAuditContext, userId: string, one: UserEvent): Promise<TimelineEntry> {
  const { event, position, stream, revision, id, occurredAt, actor } = one;
  const values = await valuesOf(context, userId, one);
  const family = 'family' in event.data ? event.data.family : null;
  return {
    position,
    stream: `${context.streamPrefix}${streamName(stream)}`,
    revision,
    event_id: id,
    type: event.type,
    occurred_at: isoOf(occurredAt),
    actor,
    session_id: family?.sid ?? null,
    generation: family?.generation ?? null,
    ...values.client,
    words: wordsOf(event, actor, values),
  };
}

async function valuesOf(context: UserAuditContext, userId: string, { event }: UserEvent): Promise<OpenedValues> {
  const { data } = event;
  const [client, deviceName, note] = await Promise.all([
    openedClient(context, userId, 'client' in data ? data.client : null),
    opened(context, userId, 'device_name', 'deviceName' in data ? data.deviceName : null),
    opened(context, userId, 'note', 'note' in data ? data.note : null),
  ]);
  return { client, deviceName, note };
}
