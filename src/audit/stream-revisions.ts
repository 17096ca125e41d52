import { hash } from 'node:crypto';

const WORDS = 4;
const FIRST_CAPACITY = 1_024;
const MAX_LOAD = 0.6;

/**
 * The next revision of every stream, in at most 80 bytes a stream: an open-addressing table of 96 bits of the SHA-256 of a name and the
 * revision. A log may have many millions of streams.
 */
export class StreamRevisions {
  #table = new Uint32Array(FIRST_CAPACITY * WORDS);
  #capacity = FIRST_CAPACITY;
  #size = 0;

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
    if (this.#size >= this.#capacity * MAX_LOAD) this.#grow();
    const digest = hash('sha256', stream, 'buffer');
    const key = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)] as const;
    const at = this.#find(this.#table, this.#capacity, key);
    const before = this.#table[at + 3] ?? 0;
    if (before === 0) this.#size += 1;
    this.#set(this.#table, at, [...key, next]);
    return before;
  }

  #grow(): void {
    const capacity = this.#capacity * 2;
    const table = new Uint32Array(capacity * WORDS);
    for (let at = 0; at < this.#table.length; at += WORDS) {
      const [a = 0, b = 0, c = 0, next = 0] = this.#table.subarray(at, at + WORDS);
      if (next > 0) this.#set(table, this.#find(table, capacity, [a, b, c]), [a, b, c, next]);
    }
    this.#table = table;
    this.#capacity = capacity;
  }

  /** Where a key stands, or the free place where it would. A place without a next revision is free. */
  #find(table: Uint32Array, capacity: number, [a, b, c]: readonly [number, number, number]): number {
    for (let slot = a & (capacity - 1); ; slot = (slot + 1) & (capacity - 1)) {
      const at = slot * WORDS;
      if (table[at + 3] === 0 || (table[at] === a && table[at + 1] === b && table[at + 2] === c)) return at;
    }
  }

  #set(table: Uint32Array, at: number, words: readonly [number, number, number, number]): void {
    table.set(words, at);
  }
}
