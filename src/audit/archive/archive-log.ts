import type { Actor } from '../../domain/event.js';
import { isoOf, type Instant } from '../../domain/instant.js';
import { parseStreamName, type StreamId } from '../../domain/streams.js';
import type { ArchiveDraft, ArchiveStep } from '../../event-store/archive-draft.js';
import { ArchiveDamagedError, type Archives, type ArchiveSummary } from '../../event-store/archives.js';
import type { AuthenticLog } from '../../event-store/authentic-log.js';
import type { EventStore, RecordedEvent } from '../../event-store/event-store.js';
import type { LoadContext } from '../../event-store/load.js';
import { archivedStreams } from '../../event-store/log-maintenance.js';
import type { OpenedLog } from '../../event-store/open-event-log.js';
import type { Position } from '../../event-store/position.js';
import { ArchivePlan, type ArchiveBounds, type PlannedStream } from './archive-plan.js';
import { ProcessorPlaces, type ProcessorPlace } from './processor-places.js';

export interface ArchiveLogOptions {
  /** The log itself, without what is archived. */
  readonly store: Pick<EventStore, 'readStream' | 'truncateStream'>;
  /** The same, each event checked by its MAC, from the beginning at each call. */
  readonly authentic: () => AuthenticLog;
  readonly eventLog: LoadContext['eventLog'] & Pick<OpenedLog, 'archives' | 'nameArchive' | 'end' | 'readStream'>;
  readonly archives: Archives;
  readonly write: (draft: ArchiveDraft) => Promise<ArchiveSummary>;
  readonly processors: readonly ProcessorPlace[];
  readonly bounds: ArchiveBounds;
  readonly now: () => Instant;
  readonly actor: Actor;
  /** How many events were looked at so far, and about what share of the work that is, 0 to 1. */
  readonly onProgress?: (events: number, share: number) => void;
  /** Called when a step is done. */
  readonly onStep?: (step: ArchiveStep) => Promise<void>;
}

/** What archiving did. */
export interface ArchiveReport {
  /** The name of the archive; null if there was nothing to archive. */
  readonly archive: string | null;
  readonly events: number;
  readonly streams: number;
  /** Of the files of the archive. */
  readonly bytes: number;
  /** The SHA-256 of its manifest. */
  readonly digest: string | null;
  /** Where the log says so. */
  readonly position: Position | null;
  /** Events old enough that stay until a note covers them. */
  readonly unsealed: number;
  /** The archive of an interrupted run whose events were removed from the log now; null if there was none. */
  readonly finished: string | null;
}

const PAGE = 1_000;
const CUT_AT_ONCE = 64;

/**
 * Moves the old beginning of every device's stream to an archive: written, flushed and read back first, then named in the log, and
 * only then removed from it. Interrupted anywhere, another run finishes or begins again. Rejects with `RefusedEventError`,
 * `CheckpointPassedError`, `ArchiveDamagedError`, and as the stores do.
 */
export async function archiveLog(options: ArchiveLogOptions): Promise<ArchiveReport> {
  const finished = await finishInterrupted(options);
  const { streams, places, unsealed } = await plan(options);
  const nothing = { archive: null, events: 0, streams: 0, bytes: 0, digest: null, position: null, unsealed, finished };
  if (streams.length === 0) return nothing;
  const before = new Map(streams.map((one) => [one.stream, one.before]));
  const newest = await newestOf(options, before);
  if (newest === null) return nothing;
  places.check(newest);
  const draft = {
    before: isoOf(options.bounds.before),
    events: archivedEvents(options, before, 0.4),
  };
  const summary = await options.write(draft);
  const { archive, digest, events, bytes, lastPosition } = summary;
  const said = await options.eventLog.nameArchive({ archive, digest, streams, lastPosition, actor: options.actor });
  await options.onStep?.('announced');
  await remove(options, streams);
  return {
    ...nothing,
    archive,
    events,
    streams: streams.length,
    bytes,
    digest,
    position: said ?? placeOf(options, archive),
  };
}

/** What is to be archived, by one reading of the log. */
async function plan(
  options: ArchiveLogOptions,
): Promise<{ readonly streams: readonly PlannedStream[]; readonly places: ProcessorPlaces; readonly unsealed: number }> {
  const log = options.authentic();
  const found = new ArchivePlan(options.bounds);
  const places = new ProcessorPlaces(options.processors);
  for await (const event of eventsOf(options, log, 0)) {
    found.take(event);
    places.take(event.recorded, event.kind);
  }
  const context = { eventLog: options.eventLog, alarms: { streamDestroyed: () => undefined } };
  const streamOf = (name: string): StreamId | null => parseStreamName(name, log.prefix);
  const streams: PlannedStream[] = [];
  for await (const stream of found.streams(context, streamOf, options.now())) streams.push(stream);
  return { streams, places, unsealed: found.unsealed };
}

/** The events that are archived, as they are stored, in the order of the log. */
async function* archivedEvents(
  options: ArchiveLogOptions,
  before: ReadonlyMap<string, number>,
  share: number,
): AsyncGenerator<RecordedEvent, void, undefined> {
  for await (const { recorded, verdict } of eventsOf(options, options.authentic(), share)) {
    if (recorded.revision >= (before.get(recorded.stream) ?? 0)) continue;
    if (typeof verdict !== 'string') throw verdict;
    yield recorded;
  }
}

/** Where the log has named an archive already. */
function placeOf({ eventLog }: ArchiveLogOptions, archive: string): Position | null {
  return eventLog.archives.find(({ name }) => name === archive)?.event.position ?? null;
}

/** Where the newest event stands that is archived; null if there is none. */
async function newestOf({ store }: ArchiveLogOptions, before: ReadonlyMap<string, number>): Promise<Position | null> {
  let newest: Position | null = null;
  for (const [stream, revision] of before) {
    const [last] = await store.readStream(stream, { from: revision - 1, maxCount: 1 });
    if (last !== undefined && last.position > (newest ?? '')) newest = last.position;
  }
  return newest;
}

async function* eventsOf(
  { eventLog, onProgress }: ArchiveLogOptions,
  log: AuthenticLog,
  share: number,
): AsyncGenerator<Awaited<ReturnType<AuthenticLog['page']>>['events'][number], void, undefined> {
  const end = await eventLog.end();
  let events = 0;
  for (let after: Position | null = null; ;) {
    const page = await log.page(after, PAGE);
    yield* page.events;
    events += page.events.length;
    after = page.position;
    onProgress?.(events, share + 0.4 * partOf(after, end));
    if (page.isEnd || end === null || (after ?? '') >= end) return;
  }
}

/** Positions grow with the log in every store. */
function partOf(reached: Position | null, end: Position | null): number {
  const [part, whole] = [Number(reached?.slice(0, 20) ?? 0), Number(end?.slice(0, 20) ?? 0)];
  return whole > 0 ? Math.min(1, part / whole) : 1;
}

/** Removes the beginnings of streams from the log; the first one alone, since readers look there whether anything is removed. */
async function remove({ store, onStep }: ArchiveLogOptions, streams: readonly PlannedStream[]): Promise<void> {
  const [first, ...others] = streams;
  if (first === undefined) return;
  await store.truncateStream(first.stream, first.before);
  await onStep?.('removing');
  for (let from = 0; from < others.length; from += CUT_AT_ONCE) {
    const some = others.slice(from, from + CUT_AT_ONCE);
    await Promise.all(some.map(({ stream, before }) => store.truncateStream(stream, before)));
  }
  await onStep?.('removed');
}

/**
 * Removes from the log what an interrupted run has put into the newest archive and named, if that archive is there and whole. What
 * is not removed then stands in the log, and goes into the next one.
 */
async function finishInterrupted(options: ArchiveLogOptions): Promise<string | null> {
  const { eventLog, archives, store } = options;
  const newest = eventLog.archives.at(-1);
  // A log that was imported or restored since holds what it holds.
  if (newest === undefined || newest.historyId !== eventLog.histories.at(-1)?.historyId) return null;
  const left: PlannedStream[] = [];
  for await (const { stream, before } of archivedStreams(eventLog, newest)) {
    const [oldest] = await store.readStream(stream, { maxCount: 1 });
    if (oldest !== undefined && oldest.revision < before) left.push({ stream, before });
  }
  const archive = left.length === 0 ? null : await archives.find(newest.name);
  if (archive === null) return null;
  if ((await archive.summary()).digest !== newest.digest)
    throw new ArchiveDamagedError(newest.name, 'its manifest is not the one that the log names');
  const [damage] = await archive.damages();
  if (damage !== undefined) throw new ArchiveDamagedError(newest.name, damage);
  await remove(options, left);
  return newest.name;
}
