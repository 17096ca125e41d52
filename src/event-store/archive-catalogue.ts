import { ArchiveTable, type ArchiveOfStream } from './archive-table.js';
import { ArchiveMissingError, type Archive, type Archives } from './archives.js';
import type { EventStore, RecordedEvent } from './event-store.js';
import { isPosition, type Position } from './position.js';
import { readLogStream } from './read-log-stream.js';

/** The beginning of a stream that went to an archive. */
export interface ArchivedBefore {
  readonly stream: string;
  /** The events before this revision. */
  readonly before: number;
}

/** An archive that the log names. */
interface NamedArchive {
  readonly name: string;
  /** Where the log names it first: what it holds stood before that. */
  readonly position: Position;
  /** What it holds stood up to here. */
  last: Position;
  /** The stream that is cut first: as long as that is whole, nothing of the archive was removed from the log. */
  readonly first: ArchivedBefore;
  isRemoved: boolean;
  isSuperseded: boolean | null;
}

const MAX_REVISION = 0xffff_ffff;

export interface ArchiveCatalogueOptions {
  readonly store: Pick<EventStore, 'readStream'>;
  readonly archives: Archives;
  /** What every stream name of this installation begins with. */
  readonly prefix: string;
}

/**
 * Which archives the log names (`EventsArchived`), and what they hold of which stream. Read from the log as it is stored, a little
 * more each time: those who read on check each event by themselves.
 */
export class ArchiveCatalogue {
  readonly #options: ArchiveCatalogueOptions;
  readonly #named = new Map<string, NamedArchive>();
  readonly #ofStream = new ArchiveTable();
  #next = 0;

  constructor(options: ArchiveCatalogueOptions) {
    this.#options = options;
  }

  /** Reads what the log has said since. Rejects as the store does. */
  async refresh(): Promise<void> {
    const { store, prefix } = this.#options;
    await readLogStream({ store, prefix, next: () => this.#next, take: (recorded) => this.#take(recorded) });
  }

  /** The archives that hold a part of a stream, the oldest part first. */
  ofStream(stream: string): readonly ArchiveOfStream[] {
    return this.#ofStream.of(stream);
  }

  /**
   * The archives that may hold events after a position (null: from the first) which are not in the log any more. With `needed` it
   * rejects with `ArchiveMissingError` if one of them is not there.
   */
  async after(position: Position | null, isNeeded: boolean): Promise<readonly Archive[]> {
    const found: Archive[] = [];
    for (const named of this.#named.values()) {
      if (named.last <= (position ?? '') || !(await this.#isRemoved(named))) continue;
      if (await this.#isSuperseded(named)) continue;
      const archive = await this.#options.archives.find(named.name);
      if (archive !== null) found.push(archive);
      else if (isNeeded) throw new ArchiveMissingError(named.name, this.#options.archives.folder);
    }
    return found;
  }

  #take({ revision, type, data, position }: RecordedEvent): void {
    if (revision < this.#next) return;
    this.#next = revision + 1;
    if (type === 'LogRestored') this.#forgetLasts();
    if (type !== 'EventsArchived') return;
    const said = archivedBy(data);
    const [first] = said?.streams ?? [];
    if (said === null || first === undefined) return;
    const { archive } = said;
    const last = isPlaceBefore(said.last, position) ? said.last : position;
    if (!this.#named.has(archive))
      this.#named.set(archive, { name: archive, position, last, first, isRemoved: false, isSuperseded: null });
    for (const { stream, before } of said.streams) this.#ofStream.add(stream, { archive, before });
  }

  /** Where events stood in the store that they were imported from says nothing of where they stand in this one. */
  #forgetLasts(): void {
    for (const named of this.#named.values()) named.last = named.position;
  }

  /** An imported log may hold all that its archives do. What was removed never comes back. */
  async #isRemoved(named: NamedArchive): Promise<boolean> {
    const { stream, before } = named.first;
    if (!named.isRemoved) {
      const [event] = await this.#options.store.readStream(stream, { from: before - 1, maxCount: 1 });
      named.isRemoved = event?.revision !== before - 1;
    }
    return named.isRemoved;
  }

  /** Whether another archive holds the same again: nothing had been removed yet when that was written. */
  async #isSuperseded(named: NamedArchive): Promise<boolean> {
    const { stream, before } = named.first;
    if (this.ofStream(stream).length === 1) return false;
    named.isSuperseded ??= await this.#isHeldByAnother(named.name, stream, before - 1);
    return named.isSuperseded;
  }

  async #isHeldByAnother(name: string, stream: string, revision: number): Promise<boolean> {
    const names = this.ofStream(stream).map(({ archive }) => archive);
    const order = [...this.#named.keys()];
    for (const other of names) {
      // Of two that hold the same the later one counts.
      if (order.indexOf(other) <= order.indexOf(name)) continue;
      const part = await (await this.#options.archives.find(other))?.partOf(stream);
      if (part != null && part.from <= revision && revision < part.before) return true;
    }
    return false;
  }
}

interface Said {
  readonly archive: string;
  readonly streams: readonly ArchivedBefore[];
  readonly last: unknown;
}

/** What an `EventsArchived` says; null for what is none. */
function archivedBy(data: string): Said | null {
  try {
    const { archive, streams, last } = JSON.parse(data) as Readonly<Partial<Record<keyof Said, unknown>>>;
    if (typeof archive !== 'string' || !Array.isArray(streams)) return null;
    return { archive, streams: streams.filter(isArchivedBefore), last };
  } catch {
    return null;
  }
}

/** Whether it is a position of the same kind of store, before another. */
function isPlaceBefore(value: unknown, position: Position): value is Position {
  return typeof value === 'string' && isPosition(value) && value.length === position.length && value < position;
}

function isArchivedBefore(value: unknown): value is ArchivedBefore {
  if (typeof value !== 'object' || value === null) return false;
  const { stream, before } = value as Partial<Record<keyof ArchivedBefore, unknown>>;
  return (
    typeof stream === 'string' &&
    Number.isSafeInteger(before) &&
    (before as number) > 0 &&
    (before as number) <= MAX_REVISION
  );
}
