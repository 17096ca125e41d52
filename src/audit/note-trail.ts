import { SEAL_STREAM, streamName } from '../domain/streams.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import { unlessDestroyed } from '../event-store/unless-destroyed.js';
import { DESTROYED } from './destroyed-streams.js';
import type { Findings } from './findings.js';
import type { CompactRange } from './merkle.js';
import { isSignedBy, NoteError, parseNote, type SignedNote } from './note.js';
import type { NoteKey } from './seal.js';
import { verifierOf } from './verifier-key.js';

/** A note that is kept elsewhere: the name of its file, and its text. */
export interface KeptNote {
  readonly name: string;
  readonly text: string;
}

type PublicNoteKey = Pick<NoteKey, 'kid' | 'publicKey'>;

const PAGE = 200;

/** Whether a note has a good signature of one of some keys, under its own origin. */
export function isOurs(note: SignedNote, keys: readonly PublicNoteKey[]): boolean {
  return keys.some(({ publicKey }) => isSignedBy(note, verifierOf(note.origin, publicKey)));
}

/** A note of the log, with the event that holds it. */
interface NoteOfLog {
  readonly note: SignedNote;
  readonly event: RecordedEvent;
}

/** The notes of the log, beside the tree that grows: each is compared with the root that the tree had at its size. */
export class NoteTrail {
  readonly #store: Pick<EventStore, 'readStream'>;
  readonly #stream: string;
  readonly #keys: readonly PublicNoteKey[];
  readonly #findings: Findings;
  #page: RecordedEvent[] = [];
  #from = 0;
  #next: NoteOfLog | null = null;
  #misfits = 0;
  #firstMisfit: { readonly order: number; readonly of: NoteOfLog } | null = null;
  /** How many notes there are. */
  count = 0;
  /** How many events the newest note covers that fits. */
  sealed = 0;

  constructor(options: {
    readonly store: Pick<EventStore, 'readStream'>;
    readonly prefix: string;
    readonly keys: readonly PublicNoteKey[];
    readonly findings: Findings;
  }) {
    this.#store = options.store;
    this.#stream = `${options.prefix}${streamName(SEAL_STREAM)}`;
    this.#keys = options.keys;
    this.#findings = options.findings;
  }

  /** The size at which the tree is to be looked at next; null if no note is left. */
  get nextSize(): number | null {
    return this.#next?.note.size ?? null;
  }

  async begin(): Promise<void> {
    await this.#advance(0);
  }

  /** Compares with the tree the notes over exactly as many events, or fewer: those cannot be where they stand. `order`: see `Findings`. */
  async compare(tree: CompactRange, order: number): Promise<void> {
    while (this.#next !== null && this.#next.note.size <= tree.size) {
      const isRoot = this.#next.note.size === tree.size && this.#next.note.root.equals(tree.root());
      if (isRoot) this.sealed = tree.size;
      else this.#misfit(order, this.#next);
      await this.#advance(order);
    }
  }

  /** The notes that are left cover more events than there are. */
  async close(end: number): Promise<void> {
    while (this.#next !== null) {
      this.#misfit(end, this.#next);
      await this.#advance(end);
    }
    if (this.#firstMisfit === null) return;
    const { order, of } = this.#firstMisfit;
    const others = this.#misfits > 1 ? `; ${this.#misfits - 1} later notes do not fit either` : '';
    const detail = `the log does not have the root that was signed over its first ${of.note.size} events${others}`;
    this.#findings.add(order, 'checkpoint_inconsistent', placeOf(of.event), detail);
  }

  #misfit(order: number, of: NoteOfLog): void {
    this.#misfits += 1;
    this.#firstMisfit ??= { order, of };
  }

  /** Goes to the next note that is one of ours; those that are not are found. */
  async #advance(order: number): Promise<void> {
    for (;;) {
      const event = await this.#nextEvent();
      this.#next = null;
      if (event === null) return;
      this.count += 1;
      const note = this.#noteOf(event);
      if (typeof note === 'string') {
        this.#findings.add(order, 'checkpoint_forged', placeOf(event), `${note} (revision ${event.revision})`);
        continue;
      }
      this.#next = { note, event };
      return;
    }
  }

  async #nextEvent(): Promise<RecordedEvent | null> {
    if (this.#page.length === 0) {
      const reading = this.#store.readStream(this.#stream, { from: this.#from, maxCount: PAGE, fromLeader: true });
      this.#page = [...(await unlessDestroyed(reading, [], (stream) => this.#destroyed(stream)))];
      this.#from = (this.#page.at(-1)?.revision ?? this.#from) + 1;
    }
    return this.#page.shift() ?? null;
  }

  #destroyed(stream: string): void {
    this.#findings.add(0, 'removed', { stream }, DESTROYED);
  }

  /** The note of an event, or what is wrong with it. */
  #noteOf(event: RecordedEvent): SignedNote | string {
    try {
      const data = JSON.parse(event.data) as {
        readonly note?: unknown;
        readonly size?: unknown;
        readonly origin?: unknown;
      };
      const note = parseNote(typeof data.note === 'string' ? data.note : '');
      if (!isOurs(note, this.#keys)) return 'the note has no good signature of a key of the key file';
      return note.size === data.size && note.origin === data.origin ? note : 'the event says something else than its note';
    } catch (error) {
      if (error instanceof NoteError || error instanceof SyntaxError) return 'it holds no checkpoint note';
      throw error;
    }
  }
}

function placeOf({ stream, revision, position, id }: RecordedEvent): {
  stream: string;
  revision: number;
  position: string;
  event_id: string;
} {
  return { stream, revision, position, event_id: id };
}
