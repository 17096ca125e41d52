import { instantOf, millisecondsBetween, type Instant } from '../domain/instant.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { DocumentKey } from '../read-model/documents.js';
import type { ReadModel, Rebuild } from '../read-model/read-model.js';
import { Comparison } from './comparison.js';
import { ProjectionError } from '../../projections/event-data.js';
import { projectBatch, PROJECTED_STREAMS } from './project-batch.js';

const PAGE = 500;
// How often documents that the live projector is changing meanwhile are looked at again.
const MOST_PASSES = 20;

export interface RebuildOptions {
  readonly eventStore: Pick<EventStore, 'readAll'>;
  readonly readModel: ReadModel;
  /** How long an ended session stays: a session that is only missing from the live read model for that is no difference. */
  readonly retentionMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Compare only; the live read model stays. */
  readonly dryRun?: boolean;
  /** How many events were applied so far, and about what share of the log that is, 0 to 1. */
  readonly onProgress?: (events: number, share: number) => void;
}

export interface RebuildResult {
  readonly events: number;
  readonly documents: number;
  /** The documents that were not as the log says. */
  readonly differences: readonly DocumentKey[];
}

/**
 * Builds the read model anew from the whole log beside the live one, compares the two document by document, then puts the new
 * one in place (G8). The live projector may go on meanwhile. Rejects as the stores do, and with `ProjectionError` if an event
 * cannot be applied; the live read model stays then.
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildResult> {
  const building = await options.readModel.beginRebuild();
  try {
    return await buildAndCompare(options, building);
  } catch (error) {
    await building.discard();
    throw error;
  }
}

async function buildAndCompare(options: RebuildOptions, building: Rebuild): Promise<RebuildResult> {
  const replay = new Replay(options, building.target);
  const comparison = new Comparison(options.readModel, building.target, instantOf(options.now - options.retentionMs));
  // Both must tell of the same part of the log; the live one may go on in the meantime, or lag behind the log's end.
  let reached = await options.readModel.checkpoint();
  if (reached !== null) {
    await replay.upTo(reached);
    await comparison.compareAll(reached);
  }
  for (let pass = 1; comparison.unsettled.length > 0 && pass < MOST_PASSES; pass += 1) {
    reached = (await options.readModel.checkpoint()) ?? '';
    await replay.upTo(reached);
    await comparison.compareUnsettled(reached);
  }
  await comparison.close();
  await replay.upTo(null);
  if (options.dryRun === true) await building.discard();
  else await building.swap();
  return { events: replay.events, documents: comparison.documents, differences: comparison.differences };
}

/** Applies the log to the new read model. */
class Replay {
  readonly #options: RebuildOptions;
  readonly #target: ReadModel;
  #from: Instant | null = null;
  events = 0;
  checkpoint: Position | null = null;

  constructor(options: RebuildOptions, target: ReadModel) {
    this.#options = options;
    this.#target = target;
  }

  /** Goes on up to a position, or to the end of the log. */
  async upTo(end: Position | null): Promise<void> {
    for (;;) {
      const after = this.checkpoint === null ? {} : { after: this.checkpoint };
      const read = await this.#options.eventStore.readAll({ ...after, maxCount: PAGE });
      const page = end === null ? read : read.filter(({ position }) => position <= end);
      const last = page.at(-1);
      if (last === undefined) return;
      const events = page.filter(({ stream }) => PROJECTED_STREAMS.some((prefix) => stream.startsWith(prefix)));
      const outcome = await projectBatch(this.#target, { events, position: last.position }, this.checkpoint);
      if (outcome.unapplied !== null) {
        const { type, position, reason } = outcome.unapplied;
        throw new ProjectionError(`${type} at ${position}: ${reason}`);
      }
      this.checkpoint = outcome.checkpoint;
      this.events += page.length;
      this.#tell(events.at(-1));
    }
  }

  /** The share is told by time: how much of the log there is, only its end knows. */
  #tell(newest: RecordedEvent | undefined): void {
    if (newest === undefined) return;
    const reached = newest.metadata.occurredAt;
    this.#from ??= reached;
    const whole = millisecondsBetween(this.#from, instantOf(this.#options.now));
    const share = whole > 0 ? millisecondsBetween(this.#from, reached) / whole : 1;
    this.#options.onProgress?.(this.events, Math.min(1, Math.max(0, share)));
  }
}
