import { streamKey, type StreamKey } from '../event-store/stream-key.js';

const WORDS = 4;
const FIRST_CAPACITY = 1_024;
const MAX_LOAD = 0.75;
const GROWTH = 1.4;

/**
 * The next revision of every stream, in at most 30 bytes a stream: an open-addressing table of 96 bits of the SHA-256 of a name and the
 * revision. A log may have many millions of streams.
 */
export class StreamRevisions {
  #table = new Uint32Array(FIRST_CAPACITY * WORDS);
  #capacity = FIRST_CAPACITY;
  #size = 0;
  /** The stream that was asked for last: events of one append stand beside each other. */
  #name = '';
  #key = streamKey('');

  /** How many streams there are. */
  get size(): number {
    return this.#size;
  }

  /** The bytes that the table takes. */
  get bytes(): number {
    return this.#table.byteLength;
  }

  /** Sets the next revision (from 1) of a stream; answers what it was before, 0 for a stream that was not there. */
  swap(stream: string, next: number): number {
    const at = this.#place(stream);
    const before = this.#table[at + 3] ?? 0;
    this.#set(at, next);
    return before;
  }

  /** Counts on from a revision, if that is the next one of its stream (0 for a stream that is not there); answers whether it is. */
  advance(stream: string, revision: number): boolean {
    const at = this.#place(stream);
    if (this.#table[at + 3] !== revision) return false;
    this.#set(at, revision + 1);
    return true;
  }

  /** Where a stream stands, or would. */
  #place(stream: string): number {
    if (this.#size >= this.#capacity * MAX_LOAD) this.#grow();
    if (stream !== this.#name) {
      this.#key = streamKey(stream);
      this.#name = stream;
    }
    return find(this.#table, this.#key);
  }

  #set(at: number, next: number): void {
    if (this.#table[at + 3] === 0) {
      this.#size += 1;
      [this.#table[at], this.#table[at + 1], this.#table[at + 2]] = [this.#key.a, this.#key.b, this.#key.c];
    }
    this.#table[at + 3] = next;
  }

  #grow(): void {
    const capacity = Math.ceil(this.#capacity * GROWTH);
    const table = new Uint32Array(capacity * WORDS);
    for (let from = 0; from < this.#table.length; from += WORDS) {
      if (this.#table[from + 3] === 0) continue;
      const [a = 0, b = 0, c = 0] = [this.#table[from], this.#table[from + 1], this.#table[from + 2]];
      table.set(this.#table.subarray(from, from + WORDS), find(table, { a, b, c }));
    }
    this.#table = table;
    this.#capacity = capacity;
  }
}

/** Where a key stands, or the free place where it would. A place without a next revision is free. */
function find(table: Uint32Array, { a, b, c }: StreamKey): number {
  const slots = table.length / WORDS;
  for (let slot = a % slots; ; slot = slot + 1 === slots ? 0 : slot + 1) {
    const at = slot * WORDS;
    if (table[at + 3] === 0 || (table[at] === a && table[at + 1] === b && table[at + 2] === c)) return at;
  }
}
