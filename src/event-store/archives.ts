import { StoreUnavailableError } from '../domain/unavailable.js';
import type { RecordedEvent } from './event-store.js';
import type { Position } from './position.js';

/** Which revisions of a stream an archive holds: `from` on, those before `before`. */
export interface ArchivedPart {
  readonly from: number;
  readonly before: number;
}

/** What an archive says of itself. */
export interface ArchiveSummary {
  readonly archive: string;
  readonly events: number;
  readonly streams: number;
  /** Of all its files. */
  readonly bytes: number;
  /** The SHA-256 of its manifest, which holds those of its files; lower-case hex. */
  readonly digest: string;
  /** Where the newest event stood that it holds. */
  readonly lastPosition: Position;
}

/** Events that were moved out of the log: as they were stored, in the order of the log. */
export interface Archive {
  /** The part of a stream; null if it holds none. */
  partOf(stream: string): Promise<ArchivedPart | null>;
  /** Its events of a stream from a revision on, before another, oldest first. Rejects with `ArchiveDamagedError`. */
  readStream(stream: string, range: ArchivedPart): Promise<readonly RecordedEvent[]>;
  /**
   * At most so many events after a position (null: from the first), oldest first. A line that holds no event is left out with
   * `mayBeDamaged`, else it rejects with `ArchiveDamagedError`.
   */
  readAll(after: Position | null, maxCount: number, mayBeDamaged: boolean): Promise<readonly RecordedEvent[]>;
  /** What is wrong with its files by their digests, a sentence each. */
  damages(): Promise<readonly string[]>;
  /** Rejects with `ArchiveDamagedError` if the manifest cannot be read. */
  summary(): Promise<ArchiveSummary>;
}

/** The archives that lie beside the log. */
export interface Archives {
  /** The folder, as messages name it. */
  readonly folder: string;
  /** Null if it is not there. */
  find(name: string): Promise<Archive | null>;
}

/** An archive that is needed is not where archives are looked for. */
export class ArchiveMissingError extends StoreUnavailableError {
  readonly archive: string;

  constructor(archive: string, folder: string) {
    const message = `events were moved to archive ${archive}, which is not in ${folder}: put it back there`;
    super('event store', message);
    // The event store itself answers.
    this.message = message;
    this.archive = archive;
  }
}

/** An archive does not hold what it was written with. */
export class ArchiveDamagedError extends StoreUnavailableError {
  readonly archive: string;

  constructor(archive: string, reason: string) {
    const message = `archive ${archive} is damaged: ${reason}`;
    super('event store', message);
    this.message = message;
    this.archive = archive;
  }
}
