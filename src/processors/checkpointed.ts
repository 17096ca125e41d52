import type { LogEvent } from '../event-store/event-log.js';
import type { LastEvent, Position } from '../event-store/position.js';
import type { Checkpoints } from './ports.js';
import { CheckpointTakenError, type Place, type Processor, type TakenBatch, type Takes } from './processor.js';

export interface CheckpointedOptions {
  readonly name: string;
  readonly takes: Takes;
  readonly checkpoints: Checkpoints;
  /**
   * Does what an event asks for, durable when it resolves; harmless if it comes again. Rejects with `UnappliedEventError` if the
   * event can never be handled, or as its stores do.
   */
  readonly act: (event: LogEvent) => Promise<void>;
  /** Where to begin when no checkpoint is stored. Default: the beginning of the log. */
  readonly whenNew?: () => Promise<Position | null>;
}

/** A processor that acts on one event after another and keeps its place among the checkpoints: at least once an event. */
export function checkpointed({ name, takes, checkpoints, act, whenNew }: CheckpointedOptions): Processor {
  let stored: Position | null = null;
  let state: string | null = null;

  const store = async (position: Position, lastEvent: LastEvent | null): Promise<void> => {
    if (!(await checkpoints.store(name, { position, lastEvent, state }, stored)))
      throw new CheckpointTakenError(`the checkpoint of ${name} is not at ${stored ?? 'the beginning'} any more`);
    stored = position;
  };

  return {
    name,
    takes,
    from: async (): Promise<Place> => {
      const checkpoint = await checkpoints.load(name);
      stored = checkpoint?.position ?? null;
      state = checkpoint?.state ?? null;
      if (checkpoint !== null) return { after: checkpoint.position, lastEvent: checkpoint.lastEvent };
      return { after: (await whenNew?.()) ?? null, lastEvent: null };
    },
    handle: async ({ events, position, lastEvent }: TakenBatch): Promise<void> => {
      let handled: LogEvent | null = null;
      try {
        for (const event of events) {
          await act(event);
          handled = event;
        }
      } catch (error) {
        // What was done by then is not done again, as far as that can be stored now.
        if (handled !== null)
          await store(handled.position, { position: handled.position, eventId: handled.id }).catch(() => undefined);
        throw error;
      }
      await store(position, lastEvent);
    },
  };
}
