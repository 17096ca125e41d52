import type { RecordedEvent } from '../../event-store/event-store.js';
import type { StreamKind } from '../../domain/streams.js';
import type { Position } from '../../event-store/position.js';

/** A processor of the log, and how far it has come. */
export interface ProcessorPlace {
  readonly name: string;
  /** Its stored checkpoint; null: it begins by itself somewhere, and is not passed. */
  readonly checkpoint: Position | null;
  /** Whether it does something for an event of a kind of stream and of a type. */
  readonly takes: (kind: StreamKind, type: string) => boolean;
}

/** A processor still has to do something for events that would be archived, or before them. */
export class CheckpointPassedError extends Error {
  override readonly name = 'CheckpointPassedError';
}

/**
 * How far the processors have come. An idle one stores its checkpoint rarely: one has come as far as there is nothing that it takes
 * after its checkpoint.
 */
export class ProcessorPlaces {
  readonly #processors: readonly ProcessorPlace[];
  /** The first event after its checkpoint that a processor takes, by its name. */
  readonly #next = new Map<string, Position>();

  constructor(processors: readonly ProcessorPlace[]) {
    this.#processors = processors;
  }

  /** Takes the next event of the log. */
  take({ position, type }: Pick<RecordedEvent, 'position' | 'type'>, kind: StreamKind): void {
    for (const { name, checkpoint, takes } of this.#processors) {
      if (checkpoint === null || position <= checkpoint || this.#next.has(name)) continue;
      if (takes(kind, type)) this.#next.set(name, position);
    }
  }

  /** Throws `CheckpointPassedError` unless every processor has come to a position. */
  check(position: Position): void {
    for (const { name, checkpoint } of this.#processors) {
      const next = this.#next.get(name);
      if (checkpoint === null || next === undefined || next > position) continue;
      throw new CheckpointPassedError(
        `the ${name} has come to position ${checkpoint} only, and events up to ${position} would be archived: ` +
          'let it catch up, then archive again',
      );
    }
  }
}
