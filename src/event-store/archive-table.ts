import { streamKey, type StreamKey } from './stream-key.js';

/** What an archive is to a stream: up to where its events were moved there. */
export interface ArchiveOfStream {
  readonly archive: string;
  /** The events before this revision. */
  readonly before: number;
}

const WORDS = 5;
const FIRST_CAPACITY = 64;
const MAX_LOAD = 0.8;
const GROWTH = 1.3;

/**
 * Which archives the beginning of a stream went to, for very many streams: an open-addressing table of 96 bits of the SHA-256 of a name,
 * a revision and the number of an archive, in at most 33 bytes for each stream of each archive.
 */
export class ArchiveTable {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();
  #table = new Uint32Array(FIRST_CAPACITY * WORDS);
  #size = 0;

  /** How many streams there are, those of each archive for themselves. */
  get size(): number {
    return this.#size;
  }

  /** The bytes that the table takes. */
  get bytes(): number {
    return this.#table.byteLength;
  }

  /** `before`: a revision from 1 on. */
  add(stream: string, { archive, before }: ArchiveOfStream): void {
    if (this.#size >= (this.#table.length / WORDS) * MAX_LOAD) this.#grow();
    const { a, b, c } = streamKey(stream);
    put(this.#table, [a, b, c, before, this.#numberOf(archive)]);
    this.#size += 1;
  }

  /** The archives of a stream, the oldest part first. */
  of(stream: string): readonly ArchiveOfStream[] {
    if (this.#size === 0) return [];
    const found: ArchiveOfStream[] = [];
    const key = streamKey(stream);
    for (let at = placeOf(this.#table, key.a); this.#table[at + 3] !== 0; at = after(this.#table, at)) {
      if (!isAt(this.#table, at, key)) continue;
      const [before = 0, number = 0] = this.#table.subarray(at + 3, at + WORDS);
      found.push({ archive: this.#names[number] ?? '', before });
    }
    return found.sort((one, other) => one.before - other.before);
  }

  #numberOf(archive: string): number {
    const known = this.#numbers.get(archive);
    if (known !== undefined) return known;
    this.#numbers.set(archive, this.#names.length);
    return this.#names.push(archive) - 1;
  }

  #grow(): void {
    const former = this.#table;
    this.#table = new Uint32Array(Math.ceil((former.length / WORDS) * GROWTH) * WORDS);
    for (let at = 0; at < former.length; at += WORDS)
      if (former[at + 3] !== 0) put(this.#table, former.subarray(at, at + WORDS));
  }
}

/** Puts an entry at the first free place from its own on. A place without a revision is free. */
function put(table: Uint32Array, entry: ArrayLike<number>): void {
  let at = placeOf(table, entry[0] ?? 0);
  while (table[at + 3] !== 0) at = after(table, at);
  table.set(entry, at);
}

function placeOf(table: Uint32Array, a: number): number {
  return (a % (table.length / WORDS)) * WORDS;
}

function after(table: Uint32Array, at: number): number {
  return at + WORDS === table.length ? 0 : at + WORDS;
}

function isAt(table: Uint32Array, at: number, { a, b, c }: StreamKey): boolean {
  return table[at] === a && table[at + 1] === b && table[at + 2] === c;
}
