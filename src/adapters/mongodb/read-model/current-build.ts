import { MongoServerError } from 'mongodb';
import { StoreUnavailableError } from '../../../domain/unavailable.js';
import type { MongoStore } from '../mongo-connection.js';
import { BuildDocuments } from './build-documents.js';
import type { BuildRef, Builds } from './builds.js';

/** The build that is meant, found by its number or as the live one, and its documents. */
export class CurrentBuild {
  readonly #store: MongoStore;
  readonly #builds: Builds;
  readonly #ref: BuildRef;
  /** The build that was meant the last time; another process may have put another in its place since. */
  #known: number | null;

  constructor(store: MongoStore, builds: Builds, ref: BuildRef) {
    this.#store = store;
    this.#builds = builds;
    this.#ref = ref;
    this.#known = ref === 'live' ? null : ref;
  }

  /**
   * Does something with the documents of the build that is meant. Asking afterwards whether it still is the live one shows that
   * what was read was neither outdated nor already removed; otherwise it is done again with the one that is.
   */
  async use<T>(use: (documents: BuildDocuments) => Promise<T>): Promise<T> {
    for (;;) {
      const build = (this.#known ??= (await this.#builds.find(this.#ref)).build);
      const outcome = await settled(this.#store.run((db) => use(new BuildDocuments(db, build))));
      this.#known = (await this.#builds.find(this.#ref)).build;
      if (this.#known === build) return outcome();
    }
  }
}

/** What came of it, to be had later. A server that could not be reached is reported at once: nothing else can be asked of it. */
async function settled<T>(promise: Promise<T>): Promise<() => T> {
  try {
    const value = await promise;
    return () => value;
  } catch (error) {
    if (error instanceof StoreUnavailableError && !(error.cause instanceof MongoServerError)) throw error;
    return () => {
      throw error;
    };
  }
}
