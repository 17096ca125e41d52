import type { StreamId } from '../domain/streams.js';
import type { FamilyEvent } from '../domain/token-family/events.js';
import type { LogEvent } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import { streamDocumentId, type StreamDocument } from '../read-model/documents.js';
import { READ_MODEL_VERSION } from '../../projections/collections.js';
import { StreamIndexMissingError, type UserAuditContext } from './context.js';

/** One device's stream. */
export type DeviceStream = StreamId & { readonly kind: 'token' };

type Context = Pick<UserAuditContext, 'eventLog' | 'index'>;

const PAGE = 500;
const LOG_PAGE = 1_000;
/** Of the log at most so many pages are read for what is not in the index yet: an index that is further behind counts as missing. */
const MAX_LOG_PAGES = 10;

/** Which streams are looked for: a part of the index, and what in the log makes a stream one of them. */
interface Wanted {
  readonly page: (afterId: string | null) => Promise<readonly StreamDocument[]>;
  readonly takes: (document: StreamDocument) => boolean;
  readonly isMade: (event: LogEvent<'token'>) => boolean;
}

/** The streams of a user's devices, of all times, in the order of their ids. */
export function deviceStreamsOf(context: Context, userId: string): Promise<readonly DeviceStream[]> {
  return streamsOf(context, {
    page: (after) => context.index.deviceStreamsOf(userId, after, PAGE),
    takes: () => true,
    isMade: ({ stream }) => stream.userId === userId,
  });
}

/** Those that hold a trace of theft, of one user. */
export function suspectStreamsOf(context: Context, userId: string): Promise<readonly DeviceStream[]> {
  return streamsOf(context, {
    page: (after) => context.index.deviceStreamsOf(userId, after, PAGE),
    takes: ({ contested, reused }) => contested || reused,
    isMade: ({ stream, event }) => stream.userId === userId && isTrace(event),
  });
}

/** Those that hold a trace of theft, of all users. */
export function suspectStreams(context: Context): Promise<readonly DeviceStream[]> {
  return streamsOf(context, {
    page: (after) => context.index.suspectStreams(after, PAGE),
    takes: () => true,
    isMade: ({ event }) => isTrace(event),
  });
}

/** All streams of devices. */
export function allDeviceStreams(context: Context): Promise<readonly DeviceStream[]> {
  return streamsOf(context, {
    page: (after) => context.index.scan('streams', after, PAGE),
    takes: () => true,
    isMade: () => true,
  });
}

/**
 * By the index, and by the end of the log that is not in it yet. An index of another version of the program counts as empty. Rejects with
 * `StreamIndexMissingError` if too much of the log is not in the index.
 */
async function streamsOf({ eventLog, index }: Context, wanted: Wanted): Promise<readonly DeviceStream[]> {
  const found = new Map<string, DeviceStream>();
  const isUsable = (await index.madeBy()) === READ_MODEL_VERSION;
  // Asked first: what is applied meanwhile is then found twice, not missed.
  const checkpoint = isUsable ? await index.checkpoint() : null;
  if (isUsable) for await (const document of indexed(wanted)) found.set(document.id, streamOf(document));
  for await (const event of eventsAfter(eventLog, checkpoint))
    if (isOfDevice(event) && wanted.isMade(event)) found.set(streamDocumentId(event.stream), event.stream);
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, stream]) => stream);
}

async function* indexed({ page, takes }: Wanted): AsyncGenerator<StreamDocument, void, undefined> {
  for (let after: string | null = null; ;) {
    const documents = await page(after);
    yield* documents.filter(takes);
    if (documents.length < PAGE) return;
    after = documents.at(-1)?.id ?? null;
  }
}

async function* eventsAfter(log: Context['eventLog'], after: Position | null): AsyncGenerator<LogEvent, void, undefined> {
  let last = after;
  for (let pages = 0; pages < MAX_LOG_PAGES; pages += 1) {
    const { events, position, isEnd } = await log.readAll({
      ...(last === null ? {} : { after: last }),
      maxCount: LOG_PAGE,
    });
    yield* events;
    if (isEnd) return;
    last = position;
  }
  throw new StreamIndexMissingError(after);
}

function streamOf({ userId, deviceId }: StreamDocument): DeviceStream {
  return { kind: 'token', userId, deviceId };
}

function isOfDevice(event: LogEvent): event is LogEvent<'token'> {
  return event.stream.kind === 'token';
}

/** Whether an event is a trace of theft: the successor of a token went to somebody else, or an old token was presented. */
export function isTrace({ type, data }: FamilyEvent): boolean {
  return type === 'TokenReuseDetected' || (type === 'TokenRedelivered' && data.contested);
}
