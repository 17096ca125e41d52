import { setTimeout as sleep } from 'node:timers/promises';
import { START, type EventStoreDBClient } from '@eventstore/db-client';
import { StoreUnavailableError } from '../../domain/unavailable.js';
import { ForeignPositionError } from '../../event-store/errors.js';
import type { LogBatch, SubscribeOptions } from '../../event-store/event-store.js';
import type { Landmark, Position } from '../../event-store/position.js';
import { asPortError } from './errors.js';
import { LiveSubscription } from './live-subscription.js';
import { logPosition } from './positions.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** What a subscription stands on. */
export interface SubscribedLog {
  readonly client: EventStoreDBClient;
  /** Whether the log still holds an event: it may have been restored between two connections. */
  readonly holds: (landmark: Landmark) => Promise<boolean>;
}

/**
 * The log from a position on, over as many connections as it takes: when one fails, the next begins after what was delivered
 * last, so nothing is left out or told twice. Rejects only for what would fail again.
 */
export async function* subscribe(log: SubscribedLog, options: SubscribeOptions): AsyncGenerator<LogBatch> {
  const { signal } = options;
  const reached: Reached = { position: options.after, landmark: options.landmark ?? null };
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      for await (const batch of connect(log, options, reached)) {
        pauseMs = FIRST_PAUSE_MS;
        yield batch;
      }
    } catch (error) {
      const failure = asPortError(error);
      if (!(failure instanceof StoreUnavailableError)) throw failure;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** What comes over one connection, as far as it was not delivered before. */
async function* connect(
  { client, holds }: SubscribedLog,
  { streamPrefixes, signal }: SubscribeOptions,
  reached: Reached,
): AsyncGenerator<LogBatch> {
  const { landmark } = reached;
  if (landmark !== null && !(await holds(landmark))) throw new ForeignPositionError(landmark.position);
  const begin = landmark?.position ?? reached.position;
  const fromPosition = begin === null ? START : logPosition(begin);
  const live = new LiveSubscription(client, { fromPosition, streamPrefixes: streamPrefixes ?? null });
  try {
    for await (const batch of live.batches(signal)) if (isNew(batch, reached)) yield batch;
  } finally {
    live.close();
  }
}

/** How far the log was delivered, and the last event of that. */
interface Reached {
  position: Position | null;
  landmark: Landmark | null;
}

/**
 * Whether a batch reaches further than those before it, which is noted then. Throws `ForeignPositionError` if it holds an event
 * between the last one and where the log was delivered to: in the same log there is none.
 */
function isNew({ events, position }: LogBatch, reached: Reached): boolean {
  const { position: end, landmark } = reached;
  if (end !== null) {
    const isForeign = (at: Position): boolean => landmark !== null && at > landmark.position && at <= end;
    if (events.some((event) => isForeign(event.position))) throw new ForeignPositionError(end);
    if (position <= end) return false;
  }
  reached.position = position;
  const last = events.at(-1);
  if (last !== undefined) reached.landmark = { position: last.position, eventId: last.id };
  return true;
}
