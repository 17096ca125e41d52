/** What the embedded store does when another tool changes its file while it is open. */
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Database from 'libsql';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { anEvent, fill, freshStream, newestOf, someEvents } from '../support/log-events.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let file: SqliteFile;
let store: EventStore;
let tool: Database.Database;
beforeEach(async () => {
  folder = temporaryFolder();
  const at = path.join(folder.path, 'test.db');
  file = await SqliteFile.open(at, { jobs: [EVENT_STORE_JOBS] });
  store = openEmbeddedEventStore(file);
  tool = new Database(at);
});
afterEach(async () => {
  tool.close();
  await file.close();
  folder.remove();
});

it('an event that was put behind the newest is a conflict, then the newest', async () => {
  const stream = freshStream();
  await fill(store, stream, 2);
  tool.exec(
    `insert into events (stream_id, revision, id, type, data, metadata)
     select stream_id, 2, id, type, data, metadata from events where revision = 1`,
  );
  await expect(store.append(stream, [anEvent()], 1)).rejects.toMatchObject({ actual: 2 });
  expect(await newestOf(store, stream)).toMatchObject({ revision: 2 });
  expect(await store.append(stream, someEvents(2), 2)).toMatchObject({ revision: 4 });
});

it('an event that was removed leaves a stream that goes on, and its position is never used again', async () => {
  const stream = freshStream();
  const [, , last] = await fill(store, stream, 3);
  tool.exec('delete from events where revision = 2');
  expect(await newestOf(store, stream)).toMatchObject({ revision: 1 });
  const appended = await store.append(stream, [anEvent()], 1);
  expect(appended.revision).toBe(2);
  expect(appended.position > last!.position).toBe(true);
});
