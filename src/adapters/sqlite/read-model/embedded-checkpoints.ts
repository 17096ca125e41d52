import type { Checkpoints, StoredCheckpoint } from '../../../processors/ports.js';
import { isId } from '../../../read-model/checked.js';
import type { Row, SqliteFile } from '../sqlite-file.js';
import { asBytes, textOrNull } from '../text-of-bytes.js';
import { STORE_CHECKPOINT, type StoreArgs } from './checkpoint-jobs.js';

/** Checkpoints of processors in a SQLite file, opened with `READ_MODEL_JOBS` among its job modules. */
export function openEmbeddedCheckpoints(file: SqliteFile): Checkpoints {
  const client = file.client('read model');
  const find = client.query(
    `select ${['position', 'last_position', 'last_event_id', 'state'].map(asBytes).join(', ')}
     from processor_checkpoints where processor = ?`,
  );
  return {
    load: (processor) =>
      new Promise((resolve) => {
        const row = isId(processor) ? find.get(processor) : undefined;
        resolve(row === undefined ? null : checkpointOf(row));
      }),
    store: (processor, next, previous) =>
      client.run<boolean>(STORE_CHECKPOINT, { processor, next, previous } satisfies StoreArgs),
  };
}

function checkpointOf(row: Row): StoredCheckpoint {
  const [position, lastPosition, lastEventId, state] = row.map(textOrNull);
  const hasEvent = typeof lastPosition === 'string' && typeof lastEventId === 'string';
  return {
    position: position ?? '',
    lastEvent: hasEvent ? { position: lastPosition, eventId: lastEventId } : null,
    state: state ?? null,
  };
}
