import type { Application } from '../../src/compose/application.js';
import { rebuild, type RebuildOptions, type RebuildResult } from '../../src/processors/rebuild.js';

/**
 * Stops the projector of an application, and compares its read model with one built from the log; nothing is too old to count,
 * unless a retention is given.
 */
export async function rebuilt(
  { processing, stores, eventLog }: Pick<Application, 'processing' | 'stores' | 'eventLog'>,
  options: Partial<Pick<RebuildOptions, 'retentionMs' | 'now'>> = {},
): Promise<RebuildResult> {
  await processing.projector.stop();
  return rebuild({ log: eventLog, readModel: stores.readModel, retentionMs: 1e12, now: Date.now, ...options });
}
