import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ArchiveDamagedError, type ArchiveSummary } from '../../../event-store/archives.js';

/** The files of an archive, each in its folder. */
export const ARCHIVE_FILES = {
  /** An event a line, as `audit export` writes it, in the order of the log. */
  events: 'events.jsonl',
  /** A stream a line, ordered by name: its first revision here, and where each of its events begins in the other file. */
  streams: 'streams.jsonl',
  manifest: 'manifest.json',
} as const;

/** A file of an archive, by what it must be. `sha256` is lower-case hex. */
export interface ArchivedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What `manifest.json` says. */
export interface Manifest {
  readonly version: 1;
  readonly archive: string;
  /** The instant before which events were archived, in ISO 8601. */
  readonly before: string;
  readonly events: number;
  readonly streams: number;
  readonly first_position: string;
  readonly last_position: string;
  readonly files: readonly ArchivedFile[];
}

/** The name of an archive is that of its folder: nothing that leads elsewhere. */
export function isArchiveName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name);
}

/** The manifest's text, so that its digest can be computed from it. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Reads the manifest of the archive in a folder. Rejects with `ArchiveDamagedError`, and as the file system does. */
export async function readManifest(
  folder: string,
): Promise<{ readonly manifest: Manifest; readonly summary: ArchiveSummary }> {
  const text = await readFile(path.join(folder, ARCHIVE_FILES.manifest), 'utf8');
  const manifest = parse(path.basename(folder), text);
  const { archive, events, streams, last_position: lastPosition } = manifest;
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, Buffer.byteLength(text));
  const digest = createHash('sha256').update(text).digest('hex');
  return { manifest, summary: { archive, events, streams, bytes, digest, lastPosition } };
}

/** What is wrong with the files of an archive by the digests of its manifest, a sentence each. */
export async function damagesOf(folder: string, { files }: Pick<Manifest, 'files'>): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, bytes, sha256 } of files) {
    const file = await digestOf(path.join(folder, name));
    if (typeof file === 'string') found.push(`${name} ${file}`);
    else if (file.bytes !== bytes || file.sha256 !== sha256) found.push(`${name} is not as it was when it was written`);
  }
  return found;
}

/** Or why there is none. */
async function digestOf(file: string): Promise<Pick<ArchivedFile, 'bytes' | 'sha256'> | string> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`;
  }
  return { bytes, sha256: hash.digest('hex') };
}

function parse(name: string, text: string): Manifest {
  try {
    const manifest = JSON.parse(text) as Partial<Manifest>;
    if (manifest.version === 1 && manifest.archive === name && hasFiles(manifest)) return manifest as Manifest;
  } catch {
    // Said below.
  }
  throw new ArchiveDamagedError(name, `${ARCHIVE_FILES.manifest} is no manifest of it`);
}

function hasFiles({ files, last_position: last }: Partial<Manifest>): boolean {
  const names: readonly string[] = [ARCHIVE_FILES.events, ARCHIVE_FILES.streams];
  if (typeof last !== 'string' || !Array.isArray(files)) return false;
  const found = (files as readonly ArchivedFile[]).map(({ name }) => name);
  return names.every((name) => found.includes(name));
}
