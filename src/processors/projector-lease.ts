import type { EventLog } from '../event-store/event-log.js';
import type { Leases } from './ports.js';

/** The name of the projector, of its lease and of its spans. */
export const PROJECTOR = 'projector';

/**
 * How an instance is named that wants the projector's lease: with the newest history of its log, so that others see which log is
 * projected.
 */
export function projectorHolder(instance: string, log: Pick<EventLog, 'histories'>): string {
  return `${instance}@${newestOf(log)}`;
}

/** Whether an instance that follows another log holds the projector's lease. Rejects as the leases do. */
export async function isProjectedElsewhere(
  leases: Pick<Leases, 'holderOf'>,
  log: Pick<EventLog, 'histories'>,
): Promise<boolean> {
  const holder = await leases.holderOf(PROJECTOR);
  return holder !== null && !holder.endsWith(`@${newestOf(log)}`);
}

function newestOf({ histories }: Pick<EventLog, 'histories'>): string {
  return histories.at(-1)?.historyId ?? '';
}
