import { SEAL_STREAM, streamName } from '../domain/streams.js';
import type { AuthenticLog } from '../event-store/authentic-log.js';
import type { EventStore } from '../event-store/event-store.js';
import { ForeignPositionError } from '../event-store/errors.js';
import type { RefusedEventError } from '../event-store/event-log.js';
import type { LastEvent, Position } from '../event-store/position.js';
import type { Leaf, LeafHashes } from './leaf-hashes.js';
import { leavesOfPage } from './leaves-of-page.js';
import { CompactRange } from './merkle.js';
import type { RecentLeaves } from './recent-leaves.js';
import { InconsistentLogError, LeavesTakenError } from './tree-errors.js';

/** A signed root that the tree must have had at that size. */
export interface Pledge {
  readonly size: number;
  readonly root: Buffer;
}

export interface LogTreeOptions {
  readonly log: AuthenticLog;
  readonly store: Pick<EventStore, 'holds'>;
  readonly leaves: LeafHashes;
  /**
   * Called between two pages with how many milliseconds the first took: where others are served by the same threads, they get their
   * turn. Default: no pause.
   */
  readonly rest?: (workedMs: number, signal?: AbortSignal) => Promise<void>;
  /** The leaves of what came last: they are not made once more by reading the log. */
  readonly recent?: Pick<RecentLeaves, 'take'>;
}

const PAGE = 1_000;
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
   * taken before it is disowned. Ends earlier, after a page, when the signal aborts. Rejects with `InconsistentLogError` if another
   * process has changed the leaves.
   */
  async grow(signal?: AbortSignal): Promise<RefusedEventError | null> {
    const { log, rest } = this.#options;
    await this.#takeRecent(signal);
    for (;;) {
      const begun = performance.now();
      const page = await log.quickPage(this.#position, GROWING_PAGE);
      const { leaves, last, refused } = leavesOfPage(page);
      this.#last = last ?? this.#last;
      const position = refused === null ? page.position : (this.#last?.position ?? null);
      await this.#store(leaves, position);
      if (refused !== null || page.isEnd || signal?.aborted === true) return refused;
      await rest?.(performance.now() - begun, signal);
    }
  }

  /** What is not taken since the signal aborts is read from the log some time. */
  async #takeRecent(signal: AbortSignal | undefined): Promise<void> {
    const { recent, rest } = this.#options;
    for (const { leaves, last } of recent?.take(this.#position ?? '') ?? []) {
      if (signal?.aborted === true) return;
      const begun = performance.now();
      this.#last = last;
      await this.#store(leaves, last.position);
      await rest?.(performance.now() - begun, signal);
    }
  }

  /** From now on the tree as it is counts as sealed: it is remembered, so that opening it again is quick. */
  async pledged(): Promise<void> {
    this.#unsealed = 0;
    await this.#options.leaves.remember({ size: this.#range.size, roots: this.#range.roots });
  }

  /** False if what is stored does not fit the pledge. */
  async #begin(signal: AbortSignal | undefined): Promise<boolean> {
    const { leaves } = this.#options;
    if (!(await this.#isOfThisLog())) await leaves.clear();
    this.#range = await this.#startingRange();
    const progress = await leaves.progress();
    if (progress !== null) {
      this.#position = progress.position;
      this.#last = progress.lastEvent;
    }
    if (!(await this.#takeStored())) return false;
    // Fewer than a remembered tree had: what is stored is half of it.
    if (this.#range.size !== (progress?.size ?? 0)) return false;
    return this.#pledge === null || this.#range.size >= this.#pledge.size || this.#growsToPledge(signal);
  }

  async #takeStored(): Promise<boolean> {
    for (;;) {
      const page = await this.#options.leaves.read(this.#range.size, PAGE);
      if (!page.every((leaf) => this.#take(leaf))) return false;
      if (page.length < PAGE) return true;
    }
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

  /** What is remembered, if the pledge confirms it; else nothing. */
  async #startingRange(): Promise<CompactRange> {
    const pledge = this.#pledge;
    const remembered = await this.#options.leaves.remembered();
    if (pledge === null || remembered?.size !== pledge.size) return new CompactRange();
    try {
      const range = new CompactRange(remembered.size, remembered.roots);
      return range.root().equals(pledge.root) ? range : new CompactRange();
    } catch (error) {
      if (error instanceof RangeError) return new CompactRange();
      throw error;
    }
  }

  async #isOfThisLog(): Promise<boolean> {
    const progress = await this.#options.leaves.progress();
    if (progress === null) return true;
    try {
      return await this.#options.store.holds(progress.lastEvent);
    } catch (error) {
      if (error instanceof ForeignPositionError) return false;
      throw error;
    }
  }

  async #store(leaves: readonly Leaf[], position: Position | null): Promise<void> {
    const from = this.#range.size;
    for (const leaf of leaves)
      if (!this.#take(leaf)) throw new InconsistentLogError('the log does not fit its newest note: verify it');
    this.#position = position;
    // Where only events of others were read, the place is stored with the next leaves.
    if (position === null || this.#last === null || leaves.length === 0) return;
    if (!(await this.#options.leaves.append(from, leaves, { position, lastEvent: this.#last })))
      throw new LeavesTakenError('another process appends leaves');
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
