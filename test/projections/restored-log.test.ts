/** A log that was restored to an earlier moment, while the read model, kept elsewhere, tells of the later one. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Projector } from '../../src/processors/projector.js';
import { rebuild } from '../../src/processors/rebuild.js';
import { EVENT_STORE_JOBS, openEmbeddedEventStore } from '../../src/adapters/sqlite/event-store/embedded-event-store.js';
import type { EventStore } from '../../src/event-store/event-store.js';
import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import { waitForPosition } from '../../src/queries/wait-for-position.js';
import { openEmbeddedReadModel, READ_MODEL_JOBS } from '../../src/adapters/sqlite/read-model/embedded-read-model.js';
import type { ReadModel } from '../../src/read-model/read-model.js';
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { startEventStoreServer } from '../support/eventstoredb/event-store-server.js';
import { userHistory } from '../support/history-of-events.js';
import { anEvent, freshStream } from '../support/log-events.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let readModel: ReadModel;
let projector: Projector;
const opened: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  folder = temporaryFolder();
  const file = await SqliteFile.open(inFolder('read-model.db'), { jobs: [READ_MODEL_JOBS] });
  opened.push(file);
  readModel = openEmbeddedReadModel(file);
});
afterEach(async () => {
  await projector.stop();
  for (const one of opened.splice(0).toReversed()) await one.close();
  folder.remove();
});

const inFolder = (name: string): string => path.join(folder.path, name);

/** The log in a file of the folder, to be closed before the file is replaced. */
async function openLog(): Promise<{ eventStore: EventStore; close(): Promise<void> }> {
  const file = await SqliteFile.open(inFolder('log.db'), { jobs: [EVENT_STORE_JOBS] });
  const eventStore = openEmbeddedEventStore(file);
  const close = async (): Promise<void> => {
    await eventStore.close();
    await file.close();
  };
  return { eventStore, close };
}

async function withLog<T>(use: (eventStore: EventStore) => Promise<T>): Promise<T> {
  const log = await openLog();
  return use(log.eventStore).finally(() => log.close());
}

const live = async (eventStore: EventStore, users: number): Promise<string> => {
  let position = '';
  for (let user = 0; user < users; user += 1)
    for (const { stream, event } of userHistory([user, 5, 6]))
      ({ position } = await eventStore.append(stream, [event], 'any'));
  return position;
};
/** What the projection does not ask for, as the servers of a log write by themselves. */
const idle = (eventStore: EventStore): Promise<unknown> =>
  eventStore.append(freshStream('email'), [anEvent(), anEvent()], 'any');
const backUp = (): void => cpSync(inFolder('log.db'), inFolder('backup.db'));
const restore = (): void => cpSync(inFolder('backup.db'), inFolder('log.db'));

async function project(eventStore: EventStore, upTo: string): Promise<void> {
  projector = new Projector({ eventStore, readModel });
  projector.start();
  expect(await waitForPosition(readModel, upTo, 10_000)).toBe(true);
}

async function failure(): Promise<unknown> {
  while (projector.status().state !== 'failed') await sleep(5);
  return projector.status().failure;
}

const REBUILD = { reason: expect.stringContaining('rebuild the read model') };

describe('G8: a log restored to an earlier moment', () => {
  it('is refused until the read model is rebuilt, however far it has grown again', async () => {
    await withLog((log) => live(log, 2));
    backUp();
    await withLog(async (log) => {
      await project(log, await live(log, 2));
      await projector.stop();
    });
    restore();
    for (const users of [0, 1, 3]) {
      await withLog(async (log) => {
        await live(log, users);
        projector = new Projector({ eventStore: log, readModel });
        projector.start();
        expect(await failure()).toEqual(REBUILD);
      });
    }
    await withLog(async (log) => {
      const { differences } = await rebuild({ eventStore: log, readModel, retentionMs: 1e12, now: Date.now() });
      expect(differences.length).toBeGreaterThan(0);
      await project(log, await live(log, 1));
      await projector.stop();
      const again = await rebuild({ eventStore: log, readModel, retentionMs: 1e12, now: Date.now() });
      expect(again.differences).toEqual([]);
    });
  });

  it('that has lost nothing the read model shows is refused as soon as it holds what that has not', async () => {
    await withLog((log) => live(log, 1));
    backUp();
    await withLog(async (log) => {
      await idle(log);
      const [last] = (await log.readAll()).slice(-1);
      await project(log, last!.position);
      await projector.stop();
    });
    restore();
    await withLog(async (log) => {
      projector = new Projector({ eventStore: log, readModel });
      projector.start();
      await sleep(50);
      expect(projector.status().state).toBe('running');
      await live(log, 1);
      expect(await failure()).toEqual(REBUILD);
    });
  });

  it('is found out by a projector that was at work all along', async () => {
    await withLog((log) => live(log, 1));
    backUp();
    let log = await openLog();
    let server = await startEventStoreServer(log.eventStore);
    const { port } = server;
    const database = openEventStoreDb(`esdb://127.0.0.1:${port}?tls=false`);
    opened.push(database);
    await project(database, await live(database, 1));
    server.stop();
    await log.close();
    restore();
    log = await openLog();
    opened.push(log);
    server = await startEventStoreServer(log.eventStore, { port });
    expect(await failure()).toEqual(REBUILD);
    server.stop();
  });
});
