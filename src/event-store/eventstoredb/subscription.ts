import { setTimeout as sleep } from 'node:timers/promises';
import { START, type EventStoreDBClient } from '@eventstore/db-client';
import { StoreUnavailableError } from '../../domain/unavailable.js';
import type { LogBatch, SubscribeOptions } from '../event-store.js';
import { asPortError } from './errors.js';
import { LiveSubscription } from './live-subscription.js';
import { logPosition } from './positions.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * The log from a position on, over as many connections as it takes: when one fails, the next begins after what was delivered
 * last, so nothing is left out or told twice. Rejects only for what would fail again.
 */
export async function* subscribe(
  client: EventStoreDBClient,
  { after, streamPrefixes, signal }: SubscribeOptions,
): AsyncGenerator<LogBatch> {
  let position = after;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const fromPosition = position === null ? START : logPosition(position);
    const live = new LiveSubscription(client, { fromPosition, streamPrefixes: streamPrefixes ?? null });
    try {
      for await (const batch of live.batches(signal)) {
        if (position !== null && batch.position <= position) continue;
        position = batch.position;
        pauseMs = FIRST_PAUSE_MS;
        yield batch;
      }
    } catch (error) {
      const failure = asPortError(error);
      if (!(failure instanceof StoreUnavailableError)) throw failure;
    } finally {
      live.close();
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
