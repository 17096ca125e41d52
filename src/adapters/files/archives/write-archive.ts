import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { ArchiveDamagedError, type ArchiveSummary } from '../../../event-store/archives.js';
import type { ArchiveDraft, ArchiveStep } from '../../../event-store/archive-draft.js';
import { lineOf } from '../../../event-store/export-line.js';
import { ARCHIVE_FILES, damagesOf, manifestText, readManifest, type ArchivedFile } from './manifest.js';

const BUFFERED_BYTES = 256 * 1024;
const UNFINISHED = '.unfinished';
// One that is younger may be under way in another process.
const ABANDONED_MS = 24 * 60 * 60 * 1_000;

/**
 * Writes an archive into a folder of archives: under a temporary name, flushed with its folder, read back and compared with its
 * digests, and only then under its own name. The name says what it holds, so one that is written again is the one that is there.
 * Rejects with `ArchiveDamagedError` if what was written does not read back, and as the file system does.
 */
export async function writeArchive(
  parent: string,
  draft: ArchiveDraft,
  onStep: (step: ArchiveStep) => Promise<void> = nothing,
): Promise<ArchiveSummary> {
  await makeFolder(parent);
  await removeAbandoned(parent);
  const temporary = path.join(parent, `.${randomUUID()}${UNFINISHED}`);
  await mkdir(temporary, { mode: 0o700 });
  try {
    const name = await fill(temporary, draft, onStep);
    const folder = path.join(parent, name);
    if (await exists(folder)) return await sameAs(folder);
    await rename(temporary, folder);
    await flushed(parent);
    await onStep('named');
    return (await readManifest(folder)).summary;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Folder by folder: `mkdir` with `recursive` does not end where a parent accepts no new folders (`/proc/x`). */
async function makeFolder(folder: string): Promise<void> {
  if (await exists(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  await flushed(parent);
}

async function fill(folder: string, draft: ArchiveDraft, onStep: (step: ArchiveStep) => Promise<void>): Promise<string> {
  await onStep('begun');
  const written = await writeEvents(folder, draft);
  const name = `${draft.before.replaceAll(':', '-')}.${written.file.sha256.slice(0, 16)}`;
  const streams = await writeIndex(folder, written.index);
  const manifest = {
    ...({ version: 1, archive: name, before: draft.before, events: written.events } as const),
    ...{ streams: written.index.size, first_position: written.first, last_position: written.last },
    files: [written.file, streams],
  };
  await writeText(folder, ARCHIVE_FILES.manifest, [manifestText(manifest)]);
  await flushed(folder);
  await onStep('flushed');
  const [damage] = await damagesOf(folder, manifest);
  if (damage !== undefined) throw new ArchiveDamagedError(name, damage);
  await onStep('read_back');
  return name;
}

/** Where the events of a stream stand in the file. */
interface Indexed {
  readonly revision: number;
  readonly offsets: number[];
}

interface WrittenEvents {
  readonly file: ArchivedFile;
  readonly events: number;
  readonly first: string;
  readonly last: string;
  readonly index: ReadonlyMap<string, Indexed>;
}

async function writeEvents(folder: string, { events }: ArchiveDraft): Promise<WrittenEvents> {
  const index = new Map<string, Indexed>();
  const places: { first: string; last: string } = { first: '', last: '' };
  let count = 0;
  async function* lines(): AsyncGenerator<string, void, number> {
    let offset = 0;
    for await (const event of events) {
      const indexed = index.get(event.stream) ?? { revision: event.revision, offsets: [] };
      if (event.revision !== indexed.revision + indexed.offsets.length)
        throw new RangeError(`revision ${event.revision} of ${event.stream} does not follow the one before it`);
      index.set(event.stream, indexed);
      indexed.offsets.push(offset);
      if (count === 0) places.first = event.position;
      places.last = event.position;
      count += 1;
      const line = `${JSON.stringify(lineOf(event))}\n`;
      offset += Buffer.byteLength(line);
      yield line;
    }
  }
  const file = await writeText(folder, ARCHIVE_FILES.events, lines());
  return { file, index, events: count, ...places };
}

function writeIndex(folder: string, index: ReadonlyMap<string, Indexed>): Promise<ArchivedFile> {
  function* lines(): Generator<string, void, undefined> {
    for (const stream of [...index.keys()].sort()) yield `${JSON.stringify({ stream, ...index.get(stream) })}\n`;
  }
  return writeText(folder, ARCHIVE_FILES.streams, lines());
}

/** Writes a file, for its owner alone and on the disk; gives what it must be from now on. */
async function writeText(
  folder: string,
  name: string,
  texts: Iterable<string> | AsyncIterable<string>,
): Promise<ArchivedFile> {
  const file = await open(path.join(folder, name), 'wx', 0o600);
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (text: string): Promise<void> => {
    hash.update(text);
    bytes += Buffer.byteLength(text);
    await file.appendFile(text);
  };
  try {
    let waiting = '';
    for await (const text of texts) {
      waiting += text;
      if (waiting.length < BUFFERED_BYTES) continue;
      await write(waiting);
      waiting = '';
    }
    await write(waiting);
    await file.sync();
  } finally {
    await file.close();
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

/** The archive that an earlier run has written and did not come to name in the log. */
async function sameAs(folder: string): Promise<ArchiveSummary> {
  const { manifest, summary } = await readManifest(folder);
  const [damage] = await damagesOf(folder, manifest);
  if (damage !== undefined) throw new ArchiveDamagedError(summary.archive, damage);
  return summary;
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith('.') || !name.endsWith(UNFINISHED)) continue;
    const folder = path.join(parent, name);
    const found = await stat(folder).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(folder, { recursive: true, force: true });
  }
}

async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}

/** Flushes a folder, so that the entries in it survive a power failure. */
async function flushed(folder: string): Promise<void> {
  const handle: FileHandle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
