import type { Actor } from '../domain/event.js';
import { LOG_STREAM, SEAL_STREAM, streamName } from '../domain/streams.js';
import { RefusedEventError, type LogEvent } from './event-log.js';
import { contentDigest } from './event-record.js';
import type { RecordedEvent } from './event-store.js';
import { logEvent, type Maintenance } from './log-maintenance.js';

/** An event cannot be disowned; the message says why. */
export class NotDisownableError extends Error {
  override readonly name = 'NotDisownableError';
}

/**
 * Leaves out an event of somebody else in a stream of ours; resolves to its id. `stream` is a name with or without the prefix.
 * Rejects with `NotDisownableError` if it is not there, ours (its MAC is valid), not the newest of its stream that is not disowned, or
 * covered by a checkpoint note; and with `RefusedEventError` if one of `…log` has to be disowned first.
 */
export async function disown(
  to: Maintenance,
  which: { readonly stream: string; readonly revision: number; readonly actor: Actor },
): Promise<string> {
  // Nothing is appended behind an event of `…log` that is refused but what disowns it, since it has to be the newest there.
  if (isLog(to, which.stream)) await to.decoding.readOn();
  else await to.decoding.catchUp();
  // Whatever comes to stand in `…log` from here on is looked at first: the append is refused then.
  const expected = to.history.revision;
  const event = await newestForeign(to, which);
  const { stream, revision, id } = event;
  if (await isSealed(to, event))
    throw new NotDisownableError('a checkpoint note covers it: that is an alteration, for which there is a restore');
  const data = { stream, revision, eventId: id, digest: contentDigest(event) };
  await to.log.append(LOG_STREAM, [logEvent(to, which.actor, { type: 'EventDisowned', data })], expected);
  return id;
}

async function newestForeign(
  to: Maintenance,
  { stream, revision }: { readonly stream: string; readonly revision: number },
): Promise<RecordedEvent> {
  const name = wholeName(to, stream);
  if (to.decoder.streamOf(name) === null) throw new NotDisownableError(`${name} is no stream of ours: nothing reads it`);
  for await (const recorded of backwards(to, name)) {
    if (recorded.revision < revision) break;
    const judged = judge(to, recorded);
    if (recorded.revision === revision) return foreign(recorded, judged);
    // Those were appended knowing what stands before them.
    if (judged === 'disowned' || disownsOneOf(name, judged)) continue;
    const what = judged instanceof RefusedEventError ? 'disown that one first' : 'it was there before an event of ours';
    throw new NotDisownableError(`it is not the newest of its stream, which is at ${recorded.revision}: ${what}`);
  }
  throw new NotDisownableError('there is no event');
}

type Judged = LogEvent | 'disowned' | RefusedEventError;

function foreign(recorded: RecordedEvent, judged: Judged): RecordedEvent {
  if (judged === 'disowned') throw new NotDisownableError('it was disowned before');
  if (!(judged instanceof RefusedEventError)) throw new NotDisownableError('its MAC is valid: it is ours');
  if (judged.kind === 'newer') throw new NotDisownableError('its MAC is valid: a newer version of this program wrote it');
  return recorded;
}

/**
 * Whether the newest note that is ours covers an event. Events of others behind that note say nothing; nor does the event itself. One
 * that may be a note of ours, but cannot be read, is refused with `NotDisownableError`.
 */
async function isSealed(to: Maintenance, event: RecordedEvent): Promise<boolean> {
  for await (const recorded of backwards(to, wholeName(to, streamName(SEAL_STREAM)))) {
    const judged = judge(to, recorded);
    if (recorded.id === event.id || judged === 'disowned') continue;
    if (judged instanceof RefusedEventError) {
      if (judged.kind === 'altered') continue;
      throw new NotDisownableError(`whether a checkpoint note covers it cannot be said: ${judged.message}`);
    }
    if (judged.event.type === 'CheckpointSigned') return judged.event.data.position >= event.position;
  }
  return false;
}

/** The events of a stream from its end on, one by one: where the newest is needed alone, no archive is read. */
async function* backwards({ store }: Maintenance, name: string): AsyncGenerator<RecordedEvent, void, undefined> {
  for (let from: { readonly from?: number } = {}; ;) {
    const options = { direction: 'backwards', maxCount: 1, fromLeader: true, ...from } as const;
    const [recorded] = await store.readStream(name, options);
    if (recorded === undefined) return;
    yield recorded;
    if (recorded.revision === 0) return;
    from = { from: recorded.revision - 1 };
  }
}

function judge({ decoder }: Maintenance, recorded: RecordedEvent): Judged {
  try {
    const decoded = decoder.decode(recorded);
    return 'skipped' in decoded ? 'disowned' : decoded.event;
  } catch (error) {
    if (error instanceof RefusedEventError) return error;
    throw error;
  }
}

/** In `…log` itself, each event that is disowned has one of ours behind it, which says so. */
function disownsOneOf(name: string, judged: Exclude<Judged, 'disowned'>): boolean {
  if (judged instanceof RefusedEventError || judged.event.type !== 'EventDisowned') return false;
  return judged.event.data.stream === name;
}

function isLog(to: Maintenance, stream: string): boolean {
  return wholeName(to, stream) === wholeName(to, streamName(LOG_STREAM));
}

function wholeName({ prefix }: Maintenance, stream: string): string {
  return stream.startsWith(prefix) ? stream : `${prefix}${stream}`;
}
