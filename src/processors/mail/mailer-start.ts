import { distance } from '../../domain/instant.js';
import type { EventLog, LogEvent } from '../../event-store/event-log.js';
import type { Position } from '../../event-store/position.js';
import type { Place } from '../processor.js';
import { mailAskedFor } from './mail-request.js';

const PAGE_EVENTS = 1_000;

/** Where a mailer without a checkpoint begins. */
export interface MailerStart {
  readonly place: Place;
  /** Younger events up to `place` that ask for a mail; empty if no mailer ever ran. */
  readonly missed: readonly { readonly event: LogEvent; readonly before: Place }[];
}

/**
 * Reads the log up to `end` to find out whether the checkpoint was lost, which a `MailSent` shows: then what is younger than
 * `lifetimeMs` is given. Otherwise the mailer was switched on now, and begins at `end`. The log has no index by time, so this reads
 * all of it, once. Rejects as the log does.
 */
export async function startWithoutCheckpoint(
  eventLog: Pick<EventLog, 'readAll'>,
  { end, now, lifetimeMs }: { readonly end: Position | null; readonly now: number; readonly lifetimeMs: number },
): Promise<MailerStart> {
  const missed: { event: LogEvent; before: Place }[] = [];
  let place: Place = { after: null, lastEvent: null };
  let hasRun = false;
  for await (const event of eventsUpTo(eventLog, end)) {
    hasRun ||= event.event.type === 'MailSent';
    const isYoung = distance(now, event.occurredAt) < lifetimeMs;
    if (isYoung && mailAskedFor(event) !== null) missed.push({ event, before: place });
    place = { after: event.position, lastEvent: { position: event.position, eventId: event.id } };
  }
  return { place: { ...place, after: end }, missed: hasRun ? missed : [] };
}

async function* eventsUpTo(eventLog: Pick<EventLog, 'readAll'>, end: Position | null): AsyncGenerator<LogEvent> {
  let after: Position | null = null;
  while (end !== null && (after === null || after < end)) {
    // What is archived asks for no mail any more.
    const read = { maxCount: PAGE_EVENTS, archived: 'left_out' } as const;
    const page = await eventLog.readAll({ ...read, ...(after === null ? {} : { after }) });
    for (const event of page.events) if (event.position <= end) yield event;
    if (page.isEnd) return;
    after = page.position;
  }
}
