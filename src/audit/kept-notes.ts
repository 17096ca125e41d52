import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Findings } from './findings.js';
import type { CompactRange } from './merkle.js';
import { NoteError, parseNote, type SignedNote } from './note.js';
import { isOurs, type KeptNote } from './note-trail.js';
import type { NoteKey } from './seal.js';

const NOTES_A_TURN = 20;

interface Kept {
  readonly name: string;
  readonly note: SignedNote;
}

/** The notes that are kept elsewhere, beside the tree that grows: of whatever origin, the log must have had their roots. */
export class KeptNotes {
  readonly #given: readonly KeptNote[];
  readonly #keys: readonly Pick<NoteKey, 'kid' | 'publicKey'>[];
  readonly #findings: Findings;
  /** The smallest first. */
  readonly #kept: Kept[] = [];

  constructor(
    given: readonly KeptNote[],
    { keys, findings }: { readonly keys: readonly Pick<NoteKey, 'kid' | 'publicKey'>[]; readonly findings: Findings },
  ) {
    this.#given = given;
    this.#keys = keys;
    this.#findings = findings;
  }

  /** Reads the notes and checks their signatures. */
  async begin(): Promise<void> {
    for (const [index, note] of this.#given.entries()) {
      // There may be thousands, and the process may serve others.
      if (index % NOTES_A_TURN === NOTES_A_TURN - 1) await nextTurn();
      this.#take(note);
    }
    this.#kept.sort((a, b) => a.note.size - b.note.size);
  }

  /** The size at which the tree is to be looked at next; null if no note is left. */
  get nextSize(): number | null {
    return this.#kept[0]?.note.size ?? null;
  }

  /** Compares with the tree the notes over exactly as many events. */
  compare(tree: CompactRange, order: number): void {
    for (let kept = this.#kept[0]; kept !== undefined && kept.note.size <= tree.size; kept = this.#kept[0]) {
      this.#kept.shift();
      if (kept.note.root.equals(tree.root())) continue;
      const detail = `${kept.name}: the log does not have the root that was signed over its first ${kept.note.size} events (${kept.note.origin})`;
      this.#findings.add(order, 'checkpoint_inconsistent', {}, detail);
    }
  }

  /** The notes that are left cover more events than there are. */
  close(tree: CompactRange): void {
    for (const { name, note } of this.#kept)
      this.#findings.add(
        Infinity,
        'truncated',
        {},
        `${name}: the note was signed over ${note.size} events, and the log has ${tree.size}`,
      );
  }

  #take({ name, text }: KeptNote): void {
    try {
      const note = parseNote(text);
      if (isOurs(note, this.#keys)) this.#kept.push({ name, note });
      else
        this.#findings.add(0, 'checkpoint_forged', {}, `${name}: the note has no good signature of a key of the key file`);
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
      this.#findings.add(0, 'checkpoint_forged', {}, `${name} is no checkpoint note: ${error.message}`);
    }
  }
}
