import type { Collection as MongoCollection, Filter } from 'mongodb';
import { isDuplicateKey } from '../errors.js';
import type { MongoStore } from '../mongo-connection.js';
import type { LastEvent, Position } from '../../../event-store/position.js';
import { RebuildOvertakenError, type VersionToken } from '../../../read-model/read-model.js';
import { createBuild, dropBuild, storedBuilds } from './build-collections.js';

/** A build by its number, or whichever is live then. */
export type BuildRef = number | 'live';

/** One whole set of documents: its number, which is never used again, and up to where the log was applied to it. */
export interface Build {
  readonly build: number;
  readonly checkpoint: Position | null;
  /** The last event that was applied; null before the first. */
  readonly lastEvent: LastEvent | null;
  /** The version of the reducers that make its documents. */
  readonly madeBy: string;
}

/** Names a build at a checkpoint. */
export function versionOf({ build, checkpoint }: Pick<Build, 'build' | 'checkpoint'>): VersionToken {
  return `${build}:${checkpoint ?? ''}`;
}

/** A build as it was found, and as what. */
export interface FoundBuild extends Build {
  readonly slot: 'live' | 'next';
}

/** Which builds there are, in one document: so that a switch, and a step of a checkpoint, are one write each. */
interface State {
  readonly _id: 'builds';
  /** The highest number given to a build. */
  readonly lastBuild: number;
  readonly live: Build;
  /** The one being built beside it. */
  readonly next: Build | null;
}

const ID = { _id: { $eq: 'builds' } } as const;
const EMPTY = { checkpoint: null, lastEvent: null } as const;

/**
 * The builds of the read model. Each change is one write that holds only if what it was decided on still does, so any number of
 * processes may be at work.
 */
export class Builds {
  readonly #store: MongoStore;
  readonly #states: MongoCollection<State>;
  readonly #madeBy: string;
  #prepared: Promise<State> | null = null;

  /** `madeBy` is kept with each build that is begun here. */
  constructor(store: MongoStore, madeBy: string) {
    this.#store = store;
    this.#madeBy = madeBy;
    this.#states = store.db.collection('read_model');
  }

  /** The build that is meant, as it is now. */
  async find(ref: BuildRef): Promise<FoundBuild> {
    const { live, next } = await this.#state();
    if (ref === 'live' || ref === live.build) return { slot: 'live', ...live };
    if (ref === next?.build) return { slot: 'next', ...next };
    throw new RebuildOvertakenError();
  }

  /**
   * Moves the checkpoint on, and the last event with it unless it is null, if the build still is what and where it was when it
   * was found.
   */
  moveCheckpoint(
    { slot, build, checkpoint, madeBy }: FoundBuild,
    to: { readonly checkpoint: Position; readonly lastEvent: LastEvent | null },
  ): Promise<boolean> {
    const found = { [`${slot}.build`]: { $eq: build }, [`${slot}.checkpoint`]: { $eq: checkpoint } };
    const lastEvent = to.lastEvent === null ? {} : { [`${slot}.lastEvent`]: to.lastEvent };
    // An empty build may have been prepared by a program of another version, which then made nothing of it.
    const first = checkpoint === null && madeBy !== this.#madeBy ? { [`${slot}.madeBy`]: this.#madeBy } : {};
    return this.#set(found, { [`${slot}.checkpoint`]: to.checkpoint, ...lastEvent, ...first });
  }

  /** Begins an empty build; an unfinished one is discarded. Answers its number. */
  async begin(): Promise<number> {
    for (;;) {
      const { lastBuild, live } = await this.#state();
      const build = lastBuild + 1;
      const next: Build = { build, ...EMPTY, madeBy: this.#madeBy };
      const claimed = await this.#set(
        { lastBuild: { $eq: lastBuild }, 'live.build': { $eq: live.build } },
        { lastBuild: build, next },
      );
      if (!claimed) continue;
      await this.#store.run(async (db) => {
        // From here on only this build can become the live one; what has a lower number, a late writer may have left behind.
        for (const old of await storedBuilds(db)) if (old < build && old !== live.build) await dropBuild(db, old);
        await createBuild(db, build);
      });
      return build;
    }
  }

  /** Makes a build the live one, with its checkpoint, in one write; then removes the one that was. */
  async swap(build: number): Promise<void> {
    const { live, next } = await this.#state();
    const isNext = { 'next.build': { $eq: build }, 'next.checkpoint': { $eq: next?.checkpoint ?? null } };
    if (next?.build !== build || !(await this.#set(isNext, { live: next, next: null }))) throw new RebuildOvertakenError();
    await this.#store.run((db) => dropBuild(db, live.build));
  }

  /** Removes a build, unless it is the live one. */
  async discard(build: number): Promise<void> {
    await this.#set({ 'next.build': { $eq: build } }, { next: null });
    const { live } = await this.#state();
    if (live.build !== build) await this.#store.run((db) => dropBuild(db, build));
  }

  async #set(condition: Filter<State>, fields: Readonly<Record<string, unknown>>): Promise<boolean> {
    const written = await this.#store.run(() => this.#states.updateOne({ ...ID, ...condition }, { $set: fields }));
    return written.matchedCount === 1;
  }

  async #state(): Promise<State> {
    this.#prepared ??= this.#prepare().catch((error: unknown) => {
      this.#prepared = null;
      throw error;
    });
    await this.#prepared;
    // A database that was emptied begins again: all it held comes from the log.
    return (await this.#store.run(() => this.#states.findOne(ID))) ?? (await this.#prepare());
  }

  /** Makes sure that there is a live build with its indexes. */
  async #prepare(): Promise<State> {
    const state = (await this.#ensureState()) ?? (await this.#ensureState());
    if (state === null) throw new Error('the builds of the read model can be neither created nor found');
    await this.#store.run((db) => createBuild(db, state.live.build));
    return state;
  }

  /** Null if another process created it at this very moment. */
  #ensureState(): Promise<State | null> {
    return this.#store.run(async () => {
      try {
        const first = { lastBuild: 1, live: { build: 1, ...EMPTY, madeBy: this.#madeBy }, next: null };
        return await this.#states.findOneAndUpdate(ID, { $setOnInsert: first }, { upsert: true, returnDocument: 'after' });
      } catch (error) {
        if (isDuplicateKey(error)) return null;
        throw error;
      }
    });
  }
}
