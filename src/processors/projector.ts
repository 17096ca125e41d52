import { CheckpointMovedError, type ReadModel, type VersionToken } from '../read-model/read-model.js';
import { PROJECTED_STREAMS, READ_MODEL_VERSION } from '../../projections/collections.js';
import {
  CheckpointTakenError,
  RebuildNeededError,
  UnappliedEventError,
  type Place,
  type Processor,
  type TakenBatch,
} from './processor.js';
import { PROJECTOR } from './projector-lease.js';
import { projectBatch } from './project-batch.js';

const TAKES = { streams: PROJECTED_STREAMS };

/** Feeds the log to the read model, event after event, and never past one that cannot be applied (G8). */
export class Projector implements Processor {
  readonly name = PROJECTOR;
  readonly takes = TAKES;
  readonly isPrompt = true;
  /** A read model that is rebuilt shows archived events too. */
  readonly archived = 'needed';
  readonly #readModel: Pick<ReadModel, 'progress' | 'load' | 'apply' | 'madeBy'>;
  #version: VersionToken | null = null;
  #isHandling = false;

  constructor(readModel: Pick<ReadModel, 'progress' | 'load' | 'apply' | 'madeBy'>) {
    this.#readModel = readModel;
  }

  /** Rejects with `RebuildNeededError` if the documents are those of another version of the program. */
  async from(): Promise<Place> {
    const needed = await rebuildNeeded(this.#readModel);
    if (needed !== null) throw new RebuildNeededError(needed);
    const { version, checkpoint, lastEvent } = await this.#readModel.progress();
    this.#version = version;
    return { after: checkpoint, lastEvent };
  }

  async handle(batch: TakenBatch): Promise<void> {
    if (this.#version === null) throw new CheckpointTakenError('the projector has not begun');
    this.#isHandling = true;
    try {
      const { version, unapplied } = await projectBatch(this.#readModel, batch, this.#version).catch(asTaken);
      this.#version = version;
      if (unapplied !== null) throw new UnappliedEventError(unapplied);
    } finally {
      this.#isHandling = false;
    }
  }

  /** A batch finds that out by itself, so while one is at hand it is not asked for. */
  async isReplaced(): Promise<boolean> {
    const expected = this.#version;
    if (expected === null || this.#isHandling) return false;
    const { version } = await this.#readModel.progress();
    return version !== expected && this.#version === expected && !this.#isHandling;
  }
}

/**
 * Why the read model must be rebuilt before this program can go on with it, in a sentence for the start to say; null if it need
 * not. Rejects with `StoreUnavailableError`.
 */
export async function rebuildNeeded(readModel: Pick<ReadModel, 'madeBy'>): Promise<string | null> {
  const madeBy = await readModel.madeBy();
  if (madeBy === null || madeBy === READ_MODEL_VERSION) return null;
  return `the read model is of version ${madeBy}, and this program makes version ${READ_MODEL_VERSION}: run \`npm run rebuild\``;
}

function asTaken(error: unknown): never {
  throw error instanceof CheckpointMovedError ? new CheckpointTakenError(error.message) : error;
}
