import { randomUUID } from 'node:crypto';
import { ArchiveFolder } from '../../src/adapters/files/archives/archive-folder.js';
import { writeArchive } from '../../src/adapters/files/archives/write-archive.js';
import type { ArchivedBefore } from '../../src/event-store/archive-catalogue.js';
import type { ArchiveSummary } from '../../src/event-store/archives.js';
import type { EventStore, RecordedEvent } from '../../src/event-store/event-store.js';
import { appendNext } from './log-events.js';

/** All events of a store, oldest first. */
export async function allEvents(store: EventStore, archived: 'needed' | 'left_out' = 'needed'): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let after: string | null = null; ;) {
    const page = await store.readAll({ maxCount: 7, archived, ...(after === null ? {} : { after }) });
    events.push(...page);
    if (page.length < 7) return events;
    after = page.at(-1)!.position;
  }
}

export async function* asyncly<T>(items: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
  await Promise.resolve();
}

/** Writes the beginnings of streams to an archive and says so in `<prefix>log`, as somebody without keys can; removes nothing. */
export async function archiveRaw(
  store: EventStore,
  {
    prefix,
    folder,
    streams,
  }: { readonly prefix: string; readonly folder: string; readonly streams: readonly ArchivedBefore[] },
): Promise<ArchiveSummary> {
  const before = new Map(streams.map((one) => [one.stream, one.before]));
  const all = await allEvents(store, 'left_out');
  const events = asyncly(all.filter(({ stream, revision }) => revision < (before.get(stream) ?? 0)));
  const moment = { before: '2026-01-01T00:00:00.000Z' };
  const summary = await writeArchive(new ArchiveFolder(folder).folder, { ...moment, events });
  const { archive, digest, lastPosition: last } = summary;
  const data = JSON.stringify({ archive, digest, streams, last });
  await appendNext(store, `${prefix}log`, [{ id: randomUUID(), type: 'EventsArchived', data, metadata: '{}' }]);
  return summary;
}
