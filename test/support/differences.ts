import { rebuild, type RebuildResult } from '../../src/processors/rebuild.js';
import type { Application } from '../../src/compose.js';

/** Stops the projector of an application, and compares its read model with one built anew; nothing is too old to count. */
export async function rebuilt({ projector, stores }: Pick<Application, 'projector' | 'stores'>): Promise<RebuildResult> {
  await projector.stop();
  return rebuild({ ...stores, retentionMs: 1e12, now: Date.now() });
}
