import type { Position } from '../../../event-store/position.js';
import type { StoredCheckpoint } from '../../../processors/ports.js';
import type { Connection } from '../connection.js';
import type { Jobs } from '../jobs.js';
import { CHECKPOINTS_SCHEMA } from './schema.js';

export interface StoreArgs {
  readonly processor: string;
  readonly next: StoredCheckpoint;
  readonly previous: Position | null;
}

/** Answers whether the stored checkpoint was at `previous`; only then it is replaced. */
export const STORE_CHECKPOINT = 'checkpoints.store';

export function prepareCheckpointJobs(db: Connection): Jobs {
  db.exec(CHECKPOINTS_SCHEMA);
  const insert = db.prepare(`
    insert into processor_checkpoints (position, last_position, last_event_id, state, processor) values (?, ?, ?, ?, ?)
    on conflict (processor) do nothing
  `);
  const update = db.prepare(`
    update processor_checkpoints set position = ?, last_position = ?, last_event_id = ?, state = ?
    where processor = ? and position = ?
  `);
  return {
    [STORE_CHECKPOINT]: ({ processor, next, previous }: StoreArgs): boolean => {
      const { position, lastEvent, state } = next;
      const row = [position, lastEvent?.position ?? null, lastEvent?.eventId ?? null, state, processor];
      return (previous === null ? insert.run(...row) : update.run(...row, previous)).changes === 1;
    },
  };
}
