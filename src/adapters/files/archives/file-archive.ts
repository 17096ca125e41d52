import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../../domain/message-of.js';
import {
  ArchiveDamagedError,
  type Archive,
  type ArchivedPart,
  type ArchiveSummary,
} from '../../../event-store/archives.js';
import { InvalidEventError } from '../../../event-store/errors.js';
import type { RecordedEvent } from '../../../event-store/event-store.js';
import { eventOfLine } from '../../../event-store/export-line.js';
import type { Position } from '../../../event-store/position.js';
import { ARCHIVE_FILES, damagesOf, readManifest } from './manifest.js';
import { firstLineNot, lineAt, linesFrom } from './sorted-lines.js';

/** A stream's line of the index. */
interface IndexedStream {
  readonly stream: string;
  readonly revision: number;
  readonly offsets: readonly number[];
}

/** An archive in a folder. What is asked of a stream is found by the index, and what is asked by position by halving the file. */
export class FileArchive implements Archive {
  readonly #folder: string;
  readonly #name: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#name = path.basename(folder);
  }

  async partOf(stream: string): Promise<ArchivedPart | null> {
    const indexed = await this.#with('streams', (file) => this.#find(file, stream));
    return indexed && { from: indexed.revision, before: indexed.revision + indexed.offsets.length };
  }

  async readStream(stream: string, { from, before }: ArchivedPart): Promise<readonly RecordedEvent[]> {
    const indexed = await this.#with('streams', (file) => this.#find(file, stream));
    if (indexed === null) return [];
    const { revision: first, offsets } = indexed;
    return this.#with('events', async (file) => {
      const events: RecordedEvent[] = [];
      for (let revision = Math.max(from, first); revision < before; revision += 1) {
        const offset = offsets[revision - first];
        if (offset === undefined) break;
        const event = eventOf((await lineAt(file, offset))?.text ?? '');
        if (event?.stream !== stream || event.revision !== revision)
          throw this.#damaged(`revision ${revision} of ${stream} does not stand where its index says`);
        events.push(event);
      }
      return events;
    });
  }

  async readAll(after: Position | null, maxCount: number, mayBeDamaged: boolean): Promise<readonly RecordedEvent[]> {
    try {
      return await this.#readAll(after, maxCount, mayBeDamaged);
    } catch (error) {
      // Who asks for what is there gets nothing of a file that cannot be read; `damages` says so.
      if (mayBeDamaged && error instanceof ArchiveDamagedError) return [];
      throw error;
    }
  }

  #readAll(after: Position | null, maxCount: number, mayBeDamaged: boolean): Promise<readonly RecordedEvent[]> {
    return this.#with('events', async (file) => {
      const isBefore = (line: string): boolean => (positionIn(line) ?? '') <= (after ?? '');
      const events: RecordedEvent[] = [];
      if (maxCount < 1) return events;
      for await (const line of linesFrom(file, after === null ? 0 : await firstLineNot(file, isBefore))) {
        const event = eventOf(line);
        if (event === null && !mayBeDamaged) throw this.#damaged('a line holds no event');
        if (event !== null && event.position > (after ?? '')) events.push(event);
        if (events.length === maxCount) break;
      }
      return events;
    });
  }

  async damages(): Promise<readonly string[]> {
    return damagesOf(this.#folder, (await readManifest(this.#folder)).manifest);
  }

  async summary(): Promise<ArchiveSummary> {
    return (await readManifest(this.#folder)).summary;
  }

  async #find(file: FileHandle, stream: string): Promise<IndexedStream | null> {
    const line = await lineAt(file, await firstLineNot(file, (text) => (streamIn(text) ?? '') < stream));
    if (line === null || streamIn(line.text) !== stream) return null;
    const indexed = parsed(line.text) as Partial<IndexedStream> | null;
    const offsets: unknown = indexed?.offsets;
    const isWhole = Number.isSafeInteger(indexed?.revision) && Array.isArray(offsets) && offsets.every(isOffset);
    if (!isWhole) throw this.#damaged(`its index does not say where ${stream} is`);
    return indexed as IndexedStream;
  }

  async #with<T>(name: 'events' | 'streams', read: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await open(path.join(this.#folder, ARCHIVE_FILES[name])).catch((error: unknown) => {
      throw this.#damaged(messageOf(error));
    });
    try {
      return await read(file);
    } catch (error) {
      // What the file system refuses: a folder in the place of the file, a disk that fails.
      // Not by instanceof: an error may come from another realm.
      if ((error as NodeJS.ErrnoException | null)?.syscall !== undefined)
        throw this.#damaged((error as NodeJS.ErrnoException).message);
      throw error;
    } finally {
      await file.close();
    }
  }

  #damaged(reason: string): ArchiveDamagedError {
    return new ArchiveDamagedError(this.#name, reason);
  }
}

function isOffset(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function eventOf(line: string): RecordedEvent | null {
  try {
    return eventOfLine(parsed(line));
  } catch (error) {
    // It holds what no event of ours holds.
    if (error instanceof InvalidEventError) return null;
    throw error;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** What a line is sorted by stands first in it. */
function positionIn(line: string): string | null {
  return /^\{"position":"([^"\\]*)"/.exec(line)?.[1] ?? null;
}

function streamIn(line: string): string | null {
  return /^\{"stream":"([^"\\]*)"/.exec(line)?.[1] ?? null;
}
