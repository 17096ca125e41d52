import type { AccountStatus } from '../domain/account/snapshot.js';
import { accountOf } from '../domain/account/state.js';
import { isoOf, type Instant } from '../domain/instant.js';
import { LOG_STREAM, userStream } from '../domain/streams.js';
import { isAlive } from '../domain/token-family/end-token.js';
import type { FamilyEvent } from '../domain/token-family/events.js';
import { stateOf } from '../domain/token-family/state.js';
import { ForeignPositionError } from '../event-store/errors.js';
import type { LogEvent } from '../event-store/event-log.js';
import { isPosition, newer, type Position } from '../event-store/position.js';
import { UnknownPositionError, type UserAuditContext } from './context.js';
import { deviceStreamsOf, type DeviceStream } from './device-streams.js';
import { opened, openedClient, type AuditedClient } from './personal.js';
import { inParts, newestThat, newestUpTo } from './stream-events.js';

/** A device that was signed in. Instants in ISO 8601. */
export interface AuditedDevice extends AuditedClient {
  readonly session_id: string;
  readonly device_id: string;
  readonly device_name: string | null;
  readonly generation: number;
  readonly issued_at: string;
  /** When it would have expired if it had not been used any more. */
  readonly expires_at: string;
}

/** How a user's account and devices stood at a moment. */
export interface AuditedState {
  readonly at: string;
  /** The log up to here was taken into account; null if nothing of the user was in it by then. */
  readonly position: Position | null;
  /** Null before the registration. */
  readonly status: AccountStatus | null;
  /** The last used first. */
  readonly devices: readonly AuditedDevice[];
  /** Streams of the user that somebody destroyed at the store, if any: what stood in them is missing here. */
  readonly destroyed_streams?: readonly string[];
}

/** A moment: an instant, or a text that names a position (of a timeline, or a `Log-Position`). */
export type Moment = { readonly at: Instant } | { readonly position: string };

/** A moment as a place in the log and the time then. */
interface Cut {
  readonly at: Instant;
  readonly position: Position | null;
}

/**
 * How a user's account and devices stood at a moment: what the read model said then, an expiry holding at its instant whether or
 * not it was noted. Each event carries the state, so a few reads a stream are enough. Rejects with `UnknownPositionError`.
 */
export async function stateAt(context: UserAuditContext, userId: string, moment: Moment): Promise<AuditedState> {
  const streams = await deviceStreamsOf(context, userId);
  const { at, position } =
    'at' in moment
      ? await cutAt(context, [userStream(userId), ...streams], moment.at)
      : await cutOf(context, [userStream(userId), ...streams], moment.position);
  if (position === null) return { at: isoOf(at), position, status: null, devices: [] };
  const account = await newestUpTo(context.eventLog, userStream(userId), position);
  if (account === null) return { at: isoOf(at), position, status: null, devices: [] };
  const snapshot = accountOf(account.event);
  const found = await inParts(streams, async (stream) => {
    const newest = await newestUpTo(context.eventLog, stream, position);
    if (newest === null || isRefused(context, newest, position)) return null;
    const { sid } = newest.event.data.family;
    const isActive = isAlive(stateOf(newest.event, newest.revision), { sid, account: snapshot, now: at });
    return isActive ? deviceOf(context, stream, newest) : null;
  });
  const devices = found.filter((one) => one !== null).sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  return { at: isoOf(at), position, status: snapshot.status, devices: devices.map(({ device }) => device) };
}

type Streams = readonly (DeviceStream | ReturnType<typeof userStream>)[];

/**
 * The place of the newest event that had occurred by an instant. Clocks of instances differ, so what stands before it in the log
 * counts whatever its time.
 */
async function cutAt({ eventLog }: UserAuditContext, streams: Streams, at: Instant): Promise<Cut> {
  const newest = await inParts([LOG_STREAM, ...streams], (stream) =>
    newestThat(eventLog, stream, ({ occurredAt }) => occurredAt <= at),
  );
  if (newest.slice(1).every((event) => event === null)) return { at, position: null };
  const places = newest.filter((event) => event !== null).map(({ position }) => position);
  return { at, position: places.reduce(newer) };
}

/** The time of a place: that of the user's event there, else the last at which the log ended there. */
async function cutOf(context: UserAuditContext, streams: Streams, text: string): Promise<Cut> {
  const { eventLog, decodePosition, now } = context;
  const position = isPosition(text) ? text : decodePosition(text);
  const end = await eventLog.end();
  if (position === null || end === null || position > end) throw new UnknownPositionError();
  const newest = await inParts(streams, (stream) => newestUpTo(eventLog, stream, position));
  const own = newest.find((event) => event?.position === position);
  if (own != null) return { at: own.occurredAt, position };
  const next = await eventAfter(eventLog, position);
  const before = newest.map((event) => event?.occurredAt ?? 0);
  return { at: Math.max(...before, next?.occurredAt ?? now()), position };
}

/** The event that follows a place; null at the end of the log. Throws `UnknownPositionError` for what looks like a place and is none. */
async function eventAfter(eventLog: UserAuditContext['eventLog'], position: Position): Promise<LogEvent | null> {
  try {
    return (await eventLog.readAll({ after: position, maxCount: 1 })).events[0] ?? null;
  } catch (error) {
    throw error instanceof ForeignPositionError ? new UnknownPositionError() : error;
  }
}

/** Whether the families of an event's history had ended by then, by a restore that refuses older ones. */
function isRefused({ eventLog }: UserAuditContext, { historyId }: LogEvent, position: Position): boolean {
  const histories = eventLog.histories.filter((history) => history.position <= position);
  const index = histories.findIndex((history) => history.historyId === historyId);
  return histories.slice(index + 1).some(({ refuseOlder }) => refuseOlder);
}

async function deviceOf(
  context: UserAuditContext,
  stream: DeviceStream,
  { event, revision }: LogEvent<'token'>,
): Promise<{ readonly device: AuditedDevice; readonly lastUsedAt: Instant }> {
  const { family } = event.data;
  const { userId } = stream;
  const used = await newestThat(context.eventLog, stream, (one) => isUse(one.event), revision);
  const client = used !== null && 'client' in used.event.data ? used.event.data.client : null;
  const device: AuditedDevice = {
    session_id: family.sid,
    device_id: stream.deviceId,
    device_name: await nameOf(context, stream, family.nameRevision),
    generation: family.generation,
    ...(await openedClient(context, userId, client)),
    issued_at: isoOf(family.familyIssuedAt),
    expires_at: isoOf(family.idleExpiresAt),
  };
  return { device, lastUsedAt: used?.occurredAt ?? family.familyIssuedAt };
}

async function nameOf(context: UserAuditContext, stream: DeviceStream, revision: number | null): Promise<string | null> {
  if (revision === null) return null;
  const [named] = await context.eventLog.readStream(stream, { from: revision, maxCount: 1 });
  const data = named?.event.data;
  return opened(context, stream.userId, 'device_name', data !== undefined && 'deviceName' in data ? data.deviceName : null);
}

function isUse({ type }: FamilyEvent): boolean {
  return type === 'TokenIssued' || type === 'TokenRotated' || type === 'TokenRedelivered';
}
