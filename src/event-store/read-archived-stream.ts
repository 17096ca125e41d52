import type { ArchiveCatalogue } from './archive-catalogue.js';
import type { ArchiveOfStream } from './archive-table.js';
import { ArchiveDamagedError, ArchiveMissingError, type Archives, type ArchivedPart } from './archives.js';
import type { Archived, RecordedEvent } from './event-store.js';

/** The archives, and which of them hold a stream by the log, as far as that was read. */
interface ReadableArchives {
  readonly catalogue: ArchiveCatalogue;
  readonly archives: Archives;
}

/**
 * What the archives hold of a part of a stream, oldest first. Of two archives that hold the same, either will do. Rejects with
 * `ArchiveMissingError` or `ArchiveDamagedError`; with `if_there`, it leaves out what cannot be read.
 */
export async function readArchivedStream(
  { catalogue, archives }: ReadableArchives,
  stream: string,
  range: ArchivedPart,
  archived: Archived,
): Promise<readonly RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  let missing: string | null = null;
  for (let next = range.from; next < range.before;) {
    const holding = catalogue.ofStream(stream).filter(({ before }) => before > next);
    const [oldest] = holding;
    // Archived by nobody: that is for verification to say.
    if (oldest === undefined) break;
    const events = await readFromOneOf({ archives, holding }, stream, { from: next, before: range.before }, archived);
    missing ??= events === null ? oldest.archive : null;
    if (events !== null) found.push(...events);
    next = events === null ? oldest.before : next + events.length;
  }
  if (missing === null || archived === 'if_there') return found;
  if ((await archives.find(missing)) === null) throw new ArchiveMissingError(missing, archives.folder);
  throw new ArchiveDamagedError(missing, `it lacks events of ${stream}`);
}

/** At least one event, from the first of some archives that holds the one at `from`; null if none does. */
async function readFromOneOf(
  { archives, holding }: { readonly archives: Archives; readonly holding: readonly ArchiveOfStream[] },
  stream: string,
  range: ArchivedPart,
  archived: Archived,
): Promise<readonly RecordedEvent[] | null> {
  for (const { archive: name } of holding) {
    try {
      const archive = await archives.find(name);
      const part = await archive?.partOf(stream);
      if (archive === null || part == null || range.from < part.from || range.from >= part.before) continue;
      const before = Math.min(range.before, part.before);
      return await archive.readStream(stream, { from: range.from, before });
    } catch (error) {
      if (!(error instanceof ArchiveDamagedError) || archived === 'needed') throw error;
    }
  }
  return null;
}
