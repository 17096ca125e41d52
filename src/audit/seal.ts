import type { KeyObject } from 'node:crypto';
import type { Instant } from '../domain/instant.js';
import { SEAL_STREAM } from '../domain/streams.js';
import { WrongExpectedRevisionError } from '../event-store/errors.js';
import type { EventLog, LogEvent, RefusedEventError } from '../event-store/event-log.js';
import { LogTree, type LogTreeOptions } from './log-tree.js';
import { LeavesDamagedError, LeavesTakenError } from './tree-errors.js';
import { parseNote, signNote, type SignedNote } from './note.js';

/** A key that signs notes. */
export interface NoteKey {
  readonly kid: string;
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
}

export interface SealOptions extends LogTreeOptions {
  readonly eventLog: Pick<EventLog, 'append' | 'readNewest'>;
  /** The origin of new notes. */
  readonly origin: () => string;
  /** The key that signs new notes. */
  readonly noteKey: () => NoteKey;
  readonly now: () => Instant;
  /** A new random UUID. */
  readonly newId: () => string;
}

/** What a run of the seal did: the size of the note that it appended, null if none was due. */
export interface Sealed {
  readonly size: number | null;
  /** The event before which it had to stop; null if it came to the end of the log. */
  readonly refused: RefusedEventError | null;
}

/** A note an hour, in milliseconds, even if nothing happens: a log whose newest note is older is not sealed any more. */
export const MAX_WITHOUT_NOTE_MS = 3_600_000;

/** Signs the tree over the log, again and again, and never two trees of which one is not the beginning of the other. */
export class Seal {
  readonly #options: SealOptions;
  #tree: LogTree | null = null;
  /** The id of the note that the tree was opened with; null if there was none. */
  #noteId: string | null = null;

  constructor(options: SealOptions) {
    this.#options = options;
  }

  /**
   * Takes in what is new, and appends a note if events came since the last one, or if that is an hour old. Of two that do so at once one
   * appends. When the signal aborts it ends soon, without a note. Rejects with `InconsistentLogError` where signing would contradict the
   * last note, and as the stores do.
   */
  async run(signal?: AbortSignal): Promise<Sealed> {
    try {
      return await this.#runOnce(signal);
    } catch (error) {
      if (error instanceof LeavesDamagedError) return this.#runOnce(signal);
      throw error;
    }
  }

  async #runOnce(signal: AbortSignal | undefined): Promise<Sealed> {
    const newest = await this.#options.eventLog.readNewest(SEAL_STREAM, { fromLeader: true });
    try {
      const tree = await this.#treeAfter(newest, signal);
      const refused = await tree.grow(signal);
      if (signal?.aborted === true) {
        // It may not have come to the last note, which it was not compared with then.
        this.#tree = null;
        return { size: null, refused: null };
      }
      const isDue = tree.unsealed > 0 || (newest !== null && this.#isOld(newest));
      return { size: isDue && (await this.#append(tree, newest)) ? tree.size : null, refused };
    } catch (error) {
      // What was read of the tree may be half of it.
      this.#tree = null;
      if (error instanceof LeavesTakenError) return { size: null, refused: null };
      throw error;
    }
  }

  async #treeAfter(newest: LogEvent<'seal'> | null, signal: AbortSignal | undefined): Promise<LogTree> {
    const id = newest?.id ?? null;
    if (this.#tree !== null && this.#noteId === id) return this.#tree;
    const pledge: SignedNote | null = newest && parseNote(newest.event.data.note);
    this.#tree = await LogTree.open(this.#options, pledge, signal);
    this.#noteId = id;
    return this.#tree;
  }

  #isOld({ occurredAt }: LogEvent<'seal'>): boolean {
    return Math.abs(this.#options.now() - occurredAt) >= MAX_WITHOUT_NOTE_MS;
  }

  /** False if another sealer was first. */
  async #append(tree: LogTree, newest: LogEvent<'seal'> | null): Promise<boolean> {
    const { eventLog, origin, noteKey, now, newId } = this.#options;
    if (tree.last === null) return false;
    const key = noteKey();
    const head = { origin: origin(), size: tree.size, root: tree.root() };
    const data = {
      note: signNote(head, key),
      size: head.size,
      position: tree.last.position,
      keyId: key.kid,
      origin: head.origin,
    };
    const event = {
      ...({ id: newId(), occurredAt: now(), actor: 'system', correlationId: newId() } as const),
      event: { type: 'CheckpointSigned', data } as const,
    };
    try {
      await eventLog.append(SEAL_STREAM, [event], newest?.revision ?? 'no_stream');
    } catch (error) {
      if (error instanceof WrongExpectedRevisionError) return false;
      throw error;
    }
    await tree.pledged();
    this.#noteId = event.id;
    return true;
  }
}
