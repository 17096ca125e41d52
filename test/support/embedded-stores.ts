import path from 'node:path';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from '../../src/adapters/sqlite/read-model/embedded-read-model.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';

/** Log and read model in one file of a folder, as the embedded default has them. */
export interface EmbeddedStores {
  readonly eventStore: EventStore;
  readonly readModel: ReadModel;
  close(): Promise<void>;
}

export async function openEmbeddedStores(folder: string): Promise<EmbeddedStores> {
  const file = await SqliteFile.open(path.join(folder, 'test.db'), { jobs: [EVENT_STORE_JOBS, READ_MODEL_JOBS] });
  const eventStore = openEmbeddedEventStore(file);
  const close = async (): Promise<void> => {
    await eventStore.close();
    await file.close();
  };
  return { eventStore, readModel: openEmbeddedReadModel(file), close };
}
