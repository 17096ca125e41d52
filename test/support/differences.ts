import { rebuild, type RebuildResult } from '../../src/processors/rebuild.js';
import type { Application } from '../../src/compose.js';

/** Stops the projector of an application, and compares its read model with one built from the log; nothing is too old to count. */
export async function rebuilt({
  processing,
  stores,
  eventLog,
}: Pick<Application, 'processing' | 'stores' | 'eventLog'>): Promise<RebuildResult> {
  await processing.projector.stop();
  return rebuild({ log: eventLog, readModel: stores.readModel, retentionMs: 1e12, now: Date.now });
}
