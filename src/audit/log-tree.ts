import { SEAL_STREAM, streamName } from '../domain/streams.js';
import type { AuthenticLog } from '../event-store/authentic-log.js';
import type { EventStore } from '../event-store/event-store.js';
import type { RefusedEventError } from '../event-store/event-log.js';
import type { LastEvent, Position } from '../event-store/position.js';
import type { Leaf, LeafHashes } from './leaf-hashes.js';
import { leavesOfPage } from './leaves-of-page.js';
import { CompactRange } from './merkle.js';
import type { RecentLeaves } from './recent-leaves.js';
import { areOfThisLog, areSame, pagesOfLeaves, placeOfLeaf, rememberedRange } from './stored-tree.js';
import { InconsistentLogError, LeavesDamagedError, LeavesTakenError } from './tree-errors.js';

/** A signed root that the tree must have had at that size. */
export interface Pledge {
  readonly size: number;
  readonly root: Buffer;
}

export interface LogTreeOptions {
  readonly log: AuthenticLog;
  readonly store: Pick<EventStore, 'holds' | 'readStream'>;
  readonly leaves: LeafHashes;
  /**
   * Called between two pages with how many milliseconds the first took: where others are served by the same threads, they get their
   * turn. Default: no pause.
   */
  readonly rest?: (workedMs: number, signal?: AbortSignal) => Promise<void>;
  /** The leaves of what came last: they are not made once more by reading the log. */
  readonly recent?: Pick<RecentLeaves, 'take'>;
}

// Checking a page holds up everything else in its process: so many events take a few milliseconds.
const GROWING_PAGE = 200;

/**
 * The tree over all events of ours, as it grows: its leaves are kept in `LeafHashes`, and made of the log where they are missing. A
 * tree that was opened with a pledge has had exactly that root at that size; what grows from it is consistent with it.
 */
export class LogTree {
  readonly #options: LogTreeOptions;
  readonly #pledge: Pledge | null;
  #range = new CompactRange();
  #position: Position | null = null;
  #last: LastEvent | null = null;
  #unsealed = 0;
  /** How many leaves are stored. */
  #stored = 0;

  private constructor(options: LogTreeOptions, pledge: Pledge | null) {
    this.#options = options;
    this.#pledge = pledge;
  }

  /**
   * The tree over the log as far as its events are ours. Leaves that do not fit the pledge are made again, once. Rejects with
   * `InconsistentLogError` if the log itself does not fit, and as the stores do. When the signal aborts it ends soon, with a tree that
   * nothing is to be signed of.
   */
  static async open(options: LogTreeOptions, pledge: Pledge | null, signal?: AbortSignal): Promise<LogTree> {
    for (let isSecond = false; ; isSecond = true) {
      const tree = new LogTree(options, pledge);
      if ((await tree.#begin(signal)) || signal?.aborted === true) return tree;
      if (isSecond)
        throw new InconsistentLogError(
          `the log does not fit the note over its first ${pledge?.size ?? 0} events: verify it`,
        );
      await options.leaves.clear();
    }
  }

  get size(): number {
    return this.#range.size;
  }

  /** The event of the last leaf; null if there is none. */
  get last(): LastEvent | null {
    return this.#last;
  }

  /** How many leaves the pledge does not cover, notes themselves not counted. */
  get unsealed(): number {
    return this.#unsealed;
  }

  root(): Buffer {
    return this.#range.root();
  }

  /**
   * Takes in what is new in the log, up to its end or to the first event that is refused, which is answered then: nothing past it is
   * taken before it is disowned. Ends earlier, after a page, when the signal aborts. Rejects with `LeavesTakenError` or
   * `LeavesDamagedError` if the tree is to be opened again, and with `InconsistentLogError`.
   */
  async grow(signal?: AbortSignal): Promise<RefusedEventError | null> {
    const { log, rest } = this.#options;
    for (;;) {
      await this.#takeRecent(signal);
      const begun = performance.now();
      const page = await log.quickPage(this.#position, GROWING_PAGE);
      const { leaves, last, refused } = leavesOfPage(page);
      this.#last = last ?? this.#last;
      const position = refused === null ? page.position : (this.#last?.position ?? null);
      await this.#store(leaves, position);
      if (refused !== null || signal?.aborted === true) return refused;
      if (page.isEnd) return this.#range.size < this.#stored ? this.#discard() : null;
      await rest?.(performance.now() - begun, signal);
    }
  }

  /**
   * Takes the leaves that wait, and those that came while these were stored, as long as they fill more than a page: under a load that does
   * not end the run must. What is not taken since the signal aborts is read from the log some time.
   */
  async #takeRecent(signal: AbortSignal | undefined): Promise<void> {
    const { log, recent, rest } = this.#options;
    for (;;) {
      // What comes from elsewhere never passes it, and what `…log` says decides about the rest.
      await log.catchUp();
      const pages = recent?.take(this.#position ?? '') ?? [];
      for (const { leaves, last } of pages) {
        if (signal?.aborted === true) return;
        const begun = performance.now();
        this.#last = last;
        await this.#store(leaves, last.position);
        await rest?.(performance.now() - begun, signal);
      }
      if (pages.length <= 1) return;
    }
  }

  /** From now on the tree as it is counts as sealed: it is remembered, so that opening it again is quick. */
  async pledged(): Promise<void> {
    this.#unsealed = 0;
    await this.#options.leaves.remember({ size: this.#range.size, roots: this.#range.roots });
  }

  /** False if what is stored does not fit the pledge. */
  async #begin(signal: AbortSignal | undefined): Promise<boolean> {
    const { leaves, store } = this.#options;
    if (!(await areOfThisLog(leaves, store))) await leaves.clear();
    this.#range = await rememberedRange(leaves, this.#pledge);
    this.#stored = (await leaves.progress())?.size ?? 0;
    if (!(await this.#takeConfirmed())) return false;
    return this.#pledge === null || this.#range.size >= this.#pledge.size || this.#growsToPledge(signal);
  }

  /** Takes the leaves that are stored as far as the pledge goes, and goes on in the log from there. What is stored behind it nobody confirms. */
  async #takeConfirmed(): Promise<boolean> {
    const { leaves, store } = this.#options;
    const confirmed = Math.min(this.#stored, this.#pledge?.size ?? 0);
    for await (const page of pagesOfLeaves(leaves, this.#range.size, confirmed))
      if (!page.every((leaf) => this.#take(leaf))) return false;
    // Leaves are missing, or they are fewer than a remembered tree had: what is stored is half of it.
    if (this.#range.size !== confirmed) return false;
    if (confirmed === 0) return true;
    this.#last = await placeOfLeaf(leaves, store, confirmed - 1);
    this.#position = this.#last?.position ?? null;
    return this.#last !== null;
  }

  async #growsToPledge(signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.grow(signal);
    } catch (error) {
      if (error instanceof InconsistentLogError) return false;
      throw error;
    }
    return this.#range.size >= (this.#pledge?.size ?? 0);
  }

  /** Leaves that are stored already, though no note confirms them, must be those that the log has there. */
  async #store(leaves: readonly Leaf[], position: Position | null): Promise<void> {
    const from = this.#range.size;
    const known = Math.min(leaves.length, Math.max(0, this.#stored - from));
    if (known > 0 && !areSame(await this.#options.leaves.read(from, known), leaves.slice(0, known))) await this.#discard();
    for (const leaf of leaves)
      if (!this.#take(leaf)) throw new InconsistentLogError('the log does not fit its newest note: verify it');
    this.#position = position;
    // Where only events of others were read, the place is stored with the next leaves.
    if (position === null || this.#last === null || leaves.length === known) return;
    const progress = { position, lastEvent: this.#last };
    if (!(await this.#options.leaves.append(from + known, leaves.slice(known), progress)))
      throw new LeavesTakenError('another process appends leaves');
    this.#stored = from + leaves.length;
  }

  async #discard(): Promise<never> {
    await this.#options.leaves.clear();
    throw new LeavesDamagedError('leaves are stored that the log does not have');
  }

  /** Appends a leaf; false if the tree does not fit the pledge then. */
  #take({ hash, stream }: Leaf): boolean {
    this.#range.append(hash);
    const pledge = this.#pledge;
    const isSealed = pledge !== null && this.#range.size <= pledge.size;
    if (!isSealed && stream !== `${this.#options.log.prefix}${streamName(SEAL_STREAM)}`) this.#unsealed += 1;
    return this.#range.size !== pledge?.size || this.#range.root().equals(pledge.root);
  }
}
