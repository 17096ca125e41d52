import type { Actor } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import type { EventsArchived, LogHistoryEvent } from '../domain/log/events.js';
import { LOG_STREAM } from '../domain/streams.js';
import type { DecodedEventLog } from './decoded-event-log.js';
import type { EventDecoder } from './event-decoder.js';
import type { EventLog, NewEvent } from './event-log.js';
import type { AppendResult, EventStore } from './event-store.js';
import type { Position } from './position.js';
import type { IntegrityKeys } from './integrity.js';
import type { LogHistory, NamedArchive } from './log-history.js';
import type { RecordedDecoding } from './recorded-decoding.js';
import { retryOnConflict } from './waiting.js';

/** What an operator's change of the log's history stands on. */
export interface Maintenance {
  readonly store: EventStore;
  readonly prefix: string;
  readonly keys: IntegrityKeys;
  readonly now: () => Instant;
  readonly newId: () => string;
  readonly log: DecodedEventLog;
  readonly history: LogHistory;
  readonly decoder: EventDecoder;
  readonly decoding: Pick<RecordedDecoding, 'catchUp' | 'readOn' | 'lastUseOfOthers'>;
}

/** A name for a history: 12 random base64url characters, from a random UUID. */
export function newHistoryId(newId: () => string): string {
  const bytes = Buffer.from(newId().replaceAll('-', ''), 'hex');
  // Without the bytes that hold version and variant.
  return Buffer.concat([bytes.subarray(0, 6), bytes.subarray(10, 13)]).toString('base64url');
}

/** Begins a new history, MACed under itself; resolves to its id. */
export async function restore(
  to: Maintenance,
  { refuseOlder, actor }: { readonly refuseOlder: boolean; readonly actor: Actor },
): Promise<string> {
  await to.decoding.catchUp();
  const historyId = newHistoryId(to.newId);
  const event = logEvent(to, actor, { type: 'LogRestored', data: { historyId, refuseOlder } });
  await to.log.appendUnder(LOG_STREAM, [event], to.history.revision, () => ({ historyId, key: to.keys.current }));
  to.log.enterNewestHistory();
  return historyId;
}

/** An integrity key cannot come into force; the message says why. */
export class WrongIntegrityKeyError extends Error {
  override readonly name = 'WrongIntegrityKeyError';
}

/** Makes every key before this one valid only up to here; nothing if it is in force already. Rejects with `WrongIntegrityKeyError`. */
export function changeIntegrityKey(to: Maintenance, kid: string, actor: Actor): Promise<void> {
  return retryOnConflict(async () => {
    await to.decoding.catchUp();
    if (to.history.keyInForce === kid) return;
    const key = to.keys.of(kid);
    if (key === null) throw new WrongIntegrityKeyError(`the key file has no integrity key ${kid}`);
    if (!to.history.isKeyValid(kid, null))
      throw new WrongIntegrityKeyError(`integrity key ${kid} was replaced before, by ${to.history.keyInForce ?? ''}`);
    const event = logEvent(to, actor, { type: 'IntegrityKeyChanged', data: { kid } });
    const historyId = to.history.newest ?? '';
    await to.log.appendUnder(LOG_STREAM, [event], to.history.revision, () => ({ historyId, key: { kid, key } }));
  });
}

// An append must stay below what every store takes in one piece; a stream's name and revision take some 130 bytes.
const STREAMS_AN_EVENT = 4_000;

/** What went to an archive. */
export interface ArchivedStreams extends Omit<EventsArchived['data'], 'streams'> {
  /** In the order in which they are cut. */
  readonly streams: EventsArchived['data']['streams'];
  readonly actor: Actor;
}

/**
 * Says in the log which events are in an archive, over as many events as that takes; what it says of this archive already is not
 * said again. Resolves to where the last of them stands, null if there was nothing to say.
 */
export async function nameArchive(
  to: Maintenance,
  { archive, digest, streams, lastPosition, actor }: ArchivedStreams,
): Promise<Position | null> {
  const named = to.history.archives.find((one) => one.name === archive && one.digest === digest);
  const said = new Map<string, number>();
  if (named !== undefined) for await (const part of archivedStreams(to.log, named)) said.set(part.stream, part.before);
  const left = streams.filter(({ stream, before }) => said.get(stream) !== before);
  let last: AppendResult | null = null;
  for (let from = 0; from < left.length; from += STREAMS_AN_EVENT) {
    const data = { archive, digest, streams: left.slice(from, from + STREAMS_AN_EVENT), lastPosition };
    const event = logEvent(to, actor, { type: 'EventsArchived', data });
    last = await retryOnConflict(async () => {
      await to.decoding.catchUp();
      return to.log.append(LOG_STREAM, [event], to.history.revision);
    });
  }
  return last?.position ?? null;
}

/** Of which streams an archive holds the beginnings, in the order in which they are cut. Rejects as the log does. */
export async function* archivedStreams(
  log: Pick<EventLog, 'readStream'>,
  { saidAt }: NamedArchive,
): AsyncGenerator<EventsArchived['data']['streams'][number], void, undefined> {
  for (const from of saidAt) {
    const [said] = await log.readStream(LOG_STREAM, { from, maxCount: 1 });
    if (said?.revision === from && said.event.type === 'EventsArchived') yield* said.event.data.streams;
  }
}

/** An event of `…log` that an operator causes now. */
export function logEvent<E extends LogHistoryEvent>({ now, newId }: Maintenance, actor: Actor, event: E): NewEvent<E> {
  return { id: newId(), occurredAt: now(), actor, correlationId: newId(), event };
}
