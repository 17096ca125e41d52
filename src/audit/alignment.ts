import type { RecordedEvent } from '../event-store/event-store.js';
import type { Findings } from './findings.js';
import type { Leaf, LeafHashes } from './leaf-hashes.js';

/** An event as it is read, and its leaf's hash. */
export interface HashedEvent {
  readonly recorded: RecordedEvent;
  readonly hash: Buffer;
}

export interface AlignmentOptions {
  readonly leaves: LeafHashes;
  /** Of the leaves those before it count. */
  readonly size: number;
  readonly findings: Findings;
  /** Whether the event of a leaf need not be there, since its archive is not. */
  readonly isExcused: (leaf: Pick<Leaf, 'stream' | 'revision'>) => boolean;
}

const PAGE = 1_000;
const MAX_MISSING = 10_000;

/**
 * Compares the log with leaves whose root a note has signed, event by event, and names what is not as it was. One event ahead is looked
 * at, so that what was moved is not taken for removed.
 */
export class Alignment {
  readonly #leaves: LeafHashes;
  readonly #size: number;
  readonly #findings: Findings;
  readonly #isExcused: AlignmentOptions['isExcused'];
  #page: readonly Leaf[] = [];
  #pageFrom = 0;
  /** The leaf that is expected next. */
  #expected = 0;
  /** Leaves that were met before their place. */
  readonly #used = new Set<number>();
  /** Leaves that were passed over and may still come, by the event. */
  readonly #missing = new Map<string, { readonly leaf: Leaf; readonly order: number }>();
  #order = 0;

  constructor({ leaves, size, findings, isExcused }: AlignmentOptions) {
    this.#leaves = leaves;
    this.#size = size;
    this.#findings = findings;
    this.#isExcused = isExcused;
  }

  /** Takes the next event; resolves to whether it is exactly as and where it was when it was sealed. */
  async take(event: HashedEvent, nextId: string | null): Promise<boolean> {
    this.#order += 1;
    const { recorded } = event;
    if (this.#missing.has(recorded.id)) {
      this.#moved(event, this.#missing.get(recorded.id)?.leaf ?? null);
      this.#missing.delete(recorded.id);
      return false;
    }
    const leaf = await this.#skipAbsent(recorded.id);
    if (leaf?.eventId === recorded.id) {
      this.#expected += 1;
      return this.#compare(event, leaf);
    }
    const index = await this.#leaves.indexOf(recorded.id);
    // What is beyond the notes is not compared, except that it must not be a copy.
    if (index === null || index >= this.#size) this.#unknown(event, leaf);
    else if (index < this.#expected || this.#used.has(index))
      this.#add('inserted', event, 'it is a copy of an event that stands before it');
    else return this.#ahead(event, index, nextId);
    return false;
  }

  /** What was passed over and never came is removed; what is left at the end was cut off. */
  async close(): Promise<void> {
    for (const { leaf, order } of this.#missing.values())
      this.#removed(leaf, order, 'a note covers it, and it is not there');
    const leaf = await this.#skipAbsent(null);
    if (leaf === null) return;
    const { stream, revision, eventId } = leaf;
    const detail = `the last ${this.#size - this.#expected} events that a note covers are not there; this is the first of them`;
    this.#findings.add(this.#order + 1, 'truncated', { stream, revision, event_id: eventId }, detail);
  }

  /** An event that belongs further on: it was moved here, or those before it are gone. */
  async #ahead(event: HashedEvent, index: number, nextId: string | null): Promise<boolean> {
    const leaf = await this.#leaf(index);
    if (nextId !== null && (await this.#isOutOfPlace(index, nextId))) {
      this.#used.add(index);
      this.#moved(event, leaf);
      return false;
    }
    for (; this.#expected < index; this.#expected += 1) {
      const gone = this.#used.has(this.#expected) ? null : await this.#leaf(this.#expected);
      if (gone !== null && !this.#isExcused(gone)) this.#pass(gone);
    }
    this.#expected = index + 1;
    return leaf !== null && this.#compare(event, leaf);
  }

  /** Whether the next event shows that the leaf of an index stands before its place: beside the one expected, or instead of it. */
  async #isOutOfPlace(index: number, nextId: string): Promise<boolean> {
    const expected = await this.#leaf(this.#expected);
    if (expected === null || nextId === expected.eventId) return expected !== null;
    const following = await this.#leaf(this.#expected + 1);
    if (nextId !== following?.eventId || index === this.#expected + 1) return false;
    this.#pass(expected);
    this.#expected += 1;
    return true;
  }

  #unknown(event: HashedEvent, expected: Leaf | null): void {
    const { stream, revision } = event.recorded;
    if (expected === null) return;
    if (expected.stream === stream && expected.revision === revision) {
      this.#expected += 1;
      this.#add('altered', event, `another event, ${expected.eventId}, stood here when it was sealed`);
    } else {
      this.#add('inserted', event, 'a note covers its place, and did not cover it');
    }
  }

  #compare(event: HashedEvent, leaf: Leaf): boolean {
    if (leaf.hash.equals(event.hash)) return true;
    const { stream, revision } = event.recorded;
    if (leaf.stream !== stream || leaf.revision !== revision) this.#moved(event, leaf);
    else this.#add('altered', event, 'it is not as it was when it was sealed');
    return false;
  }

  #moved(event: HashedEvent, leaf: Leaf | null): void {
    const from = leaf === null ? '' : `: it was revision ${leaf.revision} of ${leaf.stream}`;
    this.#add('reordered', event, `it does not stand where it stood when it was sealed${from}`);
  }

  #pass(leaf: Leaf): void {
    if (this.#missing.size < MAX_MISSING) this.#missing.set(leaf.eventId, { leaf, order: this.#order });
  }

  #removed({ stream, revision, eventId }: Leaf, order: number, detail: string): void {
    this.#findings.add(order, 'removed', { stream, revision, event_id: eventId }, detail);
  }

  #add(kind: 'altered' | 'inserted' | 'reordered', { recorded }: HashedEvent, detail: string): void {
    const { stream, revision, position, id } = recorded;
    this.#findings.add(this.#order, kind, { stream, revision, position, event_id: id }, detail);
  }

  /** Skips what was met before and what is in an archive that is not there; gives the leaf that is expected then. */
  async #skipAbsent(eventId: string | null): Promise<Leaf | null> {
    for (;;) {
      this.#skipUsed();
      const leaf = await this.#leaf(this.#expected);
      if (leaf === null || leaf.eventId === eventId || !this.#isExcused(leaf)) return leaf;
      this.#expected += 1;
    }
  }

  #skipUsed(): void {
    while (this.#used.delete(this.#expected)) this.#expected += 1;
  }

  /** Null beyond what is signed. */
  async #leaf(index: number): Promise<Leaf | null> {
    if (index >= this.#size) return null;
    if (index < this.#pageFrom || index >= this.#pageFrom + this.#page.length) {
      this.#page = await this.#leaves.read(index, PAGE);
      this.#pageFrom = index;
    }
    return this.#page[index - this.#pageFrom] ?? null;
  }
}
