import type { Changed, DocumentKey, Documents, Placed } from '../read-model/documents.js';
import {
  CheckpointMovedError,
  type ProjectedBatch,
  type ProjectionTarget,
  type VersionToken,
} from '../read-model/read-model.js';
import { NameFilter } from './name-filter.js';

// What one transaction of the store may hold: a live server has to wait for it.
const MAX_WAITING = 1_000;

type Target = Pick<ProjectionTarget, 'progress' | 'load' | 'apply'>;

/**
 * A read model that was empty and that nobody else writes to, while it is built: documents gather in memory and are written many at a
 * time, while the next events are worked on. What was written last stays at hand, since events of a session stand near each other, and
 * what was never written is not asked for. Its memory is bounded.
 */
export class BufferedTarget implements Pick<ProjectionTarget, 'load' | 'apply'> {
  readonly #target: Target;
  /** Documents to be written, by collection and id. */
  #waiting = new Map<string, Changed>();
  /** Documents that are being written, or were written last. */
  #written = new Map<string, Changed>();
  /** The names of all documents that were handed over. */
  readonly #names = new NameFilter();
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;
  #version: VersionToken | null = null;
  /** How far the documents at hand go, and the last event before that. */
  #reached: Pick<ProjectedBatch, 'checkpoint' | 'lastEvent'> | null = null;

  constructor(target: Target) {
    this.#target = target;
  }

  async load(keys: readonly DocumentKey[]): Promise<readonly Placed[]> {
    const found: Placed[] = [];
    const missing = keys.filter((key) => {
      const name = nameOf(key.collection, key.id);
      const placed = this.#waiting.get(name) ?? this.#written.get(name);
      if (placed !== undefined) found.push(placed);
      return placed === undefined && this.#names.mayHold(name);
    });
    return missing.length === 0 ? found : [...found, ...(await this.#stored(missing))];
  }

  /** Resolves when there is room for more. Rejects if what was handed over before could not be written. */
  async apply({ documents, checkpoint, lastEvent, version }: ProjectedBatch): Promise<VersionToken> {
    for (const changed of documents) this.#await(changed);
    this.#reached = { checkpoint, lastEvent: lastEvent ?? this.#reached?.lastEvent ?? null };
    if (this.#waiting.size >= MAX_WAITING) await this.#write();
    return version;
  }

  /** Resolves when all is written. */
  async flush(): Promise<void> {
    await this.#write();
    await this.#settled();
  }

  #await(changed: Changed): void {
    const name = nameOf(changed.collection, changed.document.id);
    const before = this.#waiting.get(name);
    // What waits is not stored yet, so it is as new as it was.
    this.#waiting.set(name, before === undefined ? changed : { ...changed, isNew: before.isNew === true });
    this.#names.add(name);
  }

  /** What is being written is in memory: so that the version moves meanwhile does no harm. */
  async #stored(keys: readonly DocumentKey[]): Promise<readonly Placed[]> {
    try {
      return await this.#target.load(keys, await this.#present());
    } catch (error) {
      if (!(error instanceof CheckpointMovedError)) throw error;
      await this.#settled();
      return this.#target.load(keys, await this.#present());
    }
  }

  /** Begins to write what waits, once the writing before has ended. */
  async #write(): Promise<void> {
    await this.#settled();
    if (this.#reached === null) return;
    const batch = { documents: [...this.#waiting.values()], version: await this.#present(), ...this.#reached };
    [this.#written, this.#waiting, this.#reached] = [this.#waiting, new Map<string, Changed>(), null];
    this.#writing = this.#target.apply(batch).then(
      (version) => void (this.#version = version),
      (error: unknown) => void (this.#failure = { error }),
    );
  }

  async #settled(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #present(): Promise<VersionToken> {
    this.#version ??= (await this.#target.progress()).version;
    return this.#version;
  }
}

function nameOf(collection: keyof Documents, id: string): string {
  return `${collection} ${id}`;
}
