/** What the embedded store does when another tool changes its file while it is open. */
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Database from 'libsql';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { WrongExpectedRevisionError } from '../../src/event-store/errors.js';
import type { EventStore, RecordedEvent, StoredEvent } from '../../src/event-store/event-store.js';
import { eventually } from '../support/eventually.js';
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

it('an append that was decided on an event from memory is refused once somebody else has written, whatever they wrote', async () => {
  const [account, device] = [freshStream(), freshStream()];
  await fill(store, account, 2);
  await fill(store, device, 1);
  const kept = { direction: 'backwards', maxCount: 1, mayBeKept: true } as const;
  const [first] = await store.readStream(account, kept);
  expect(first).toMatchObject({ revision: 1 });
  expect(await store.append(device, [anEvent()], 0, { onKept: true })).toMatchObject({ revision: 1 });
  tool.exec('update events set data = \'{"altered":true}\' where revision = 1');
  await expect(store.append(device, [anEvent()], 1, { onKept: true })).rejects.toBeInstanceOf(WrongExpectedRevisionError);
  const [again] = await store.readStream(account, kept);
  expect(again).toMatchObject({ revision: 1, data: '{"altered":true}' });
  expect(await store.append(device, [anEvent()], 1, { onKept: true })).toMatchObject({ revision: 2 });
});

it('what is kept of a stream follows what is appended to it', async () => {
  const stream = freshStream();
  await fill(store, stream, 1);
  const newest = async (): Promise<RecordedEvent | undefined> =>
    (await store.readStream(stream, { direction: 'backwards', maxCount: 1, mayBeKept: true }))[0];
  expect(await newest()).toMatchObject({ revision: 0 });
  const [second, third] = someEvents(2) as [StoredEvent, StoredEvent];
  const { position } = await store.append(stream, [second, third], 0);
  expect(await newest()).toEqual({ ...third, stream, revision: 2, position });
  // The same append once more is answered as before, and what was kept is read again.
  await store.append(stream, [anEvent()], 2);
  await store.append(stream, [second, third], 0);
  expect(await newest()).toMatchObject({ revision: 3 });
});

it('a subscription gets what this process appends, and sees what somebody else has put between', async () => {
  const stream = freshStream();
  const end = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { events } of store.subscribeToAll({ after: null, signal: end.signal }))
      seen.push(...events.map(({ id }) => id));
  })();
  const own = someEvents(3) as [StoredEvent, StoredEvent, StoredEvent];
  await store.append(stream, [own[0]], 'no_stream');
  await store.append(stream, [own[1]], 0);
  await eventually('both are seen', () => seen.length === 2);
  tool.exec(
    `insert into events (stream_id, revision, id, type, data, metadata)
     select stream_id, 2, x'00112233445566778899aabbccddeeff', type, data, metadata from events where revision = 1`,
  );
  await store.append(stream, [own[2]], 2);
  await eventually('all are seen', () => seen.length === 4);
  expect(seen).toEqual([own[0].id, own[1].id, '00112233-4455-6677-8899-aabbccddeeff', own[2].id]);
  end.abort();
  await reading;
});
