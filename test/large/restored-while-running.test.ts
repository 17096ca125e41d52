/** G17: a log that is put back to an earlier moment while the process runs, over an EventStoreDB of this process. */
import { afterEach, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { openInstallation } from '../../src/compose/open-installation.js';
import { readToolConfig } from '../../src/config.js';
import type { EventStore, RecordedEvent } from '../../src/event-store/event-store.js';
import { operate } from '../../src/operator/operations.js';
import { openEmbeddedStores } from '../support/embedded-stores.js';
import { startEventStoreServer, type EventStoreServer } from '../support/eventstoredb/event-store-server.js';
import { eventually } from '../support/eventually.js';
import { newKeysFile } from '../support/new-keys.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const BOUND_MS = 15_000;

let cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});

async function openStore(): Promise<EventStore> {
  const folder = temporaryFolder();
  const stores = await openEmbeddedStores(folder.path);
  cleanUp.push(
    () => folder.remove(),
    () => stores.close(),
  );
  return stores.eventStore;
}

/** A store that holds these events. */
async function copyOf(events: readonly RecordedEvent[]): Promise<EventStore> {
  const store = await openStore();
  for (const { stream, revision, id, type, data, metadata } of events)
    await store.append(stream, [{ id, type, data, metadata }], revision === 0 ? 'no_stream' : revision - 1);
  return store;
}

/** A server that can be stopped and started again at the same port, over another store. */
class Place {
  #server: EventStoreServer | null = null;
  #port = 0;

  get url(): string {
    return `esdb://127.0.0.1:${this.#port}?tls=false`;
  }

  async serve(store: EventStore): Promise<void> {
    this.#server = await startEventStoreServer(store, { port: this.#port });
    this.#port = this.#server.port;
  }

  stop(): void {
    this.#server?.stop();
    this.#server = null;
  }
}

interface Scene {
  readonly app: RunningApp;
  readonly env: Readonly<Record<string, string>>;
  readonly place: Place;
  readonly store: EventStore;
  /** Why the process would end; null as long as it would not. */
  readonly fatal: () => Error | null;
  /** Resolves once the high-water mark names the newest event. */
  readonly marked: () => Promise<void>;
}

async function start(): Promise<Scene> {
  const folder = temporaryFolder();
  cleanUp.push(() => folder.remove());
  const store = await openStore();
  const place = new Place();
  await place.serve(store);
  cleanUp.push(() => place.stop());
  const env = { EVENTSTORE_URL: place.url, KEYS_FILE: await newKeysFile(folder.path) };
  const app = await startApp({ env, folder: folder.path, log: pino({ level: 'silent' }) });
  cleanUp.push(() => app.close());
  let failure: Error | null = null;
  void app.application.fatal.then((error) => (failure = error));
  const { highWaterMark } = app.application.stores;
  const marked = (): Promise<void> =>
    eventually('the mark is at the end of the log', async () => {
      const [newest, mark] = [await store.readNewest(), await highWaterMark.read()];
      return newest !== null && mark?.eventId === newest.id;
    });
  return { app, env, place, store, marked, fatal: () => failure };
}

const isConnected = ({ app }: Scene): Promise<boolean> =>
  app.operations.request('/readyz').then(({ status }) => status === 200);

/** Stops the server, and serves the store at the same place once the process has noticed. */
async function putBack(scene: Scene, store: EventStore): Promise<void> {
  scene.place.stop();
  await eventually('the outage is noticed', async () => !(await isConnected(scene)), { withinMs: BOUND_MS });
  await scene.place.serve(store);
}

it('G17: ends the process as soon as a place that was there is not, before it follows what is there now', async () => {
  const scene = await start();
  expect((await scene.app.api.register(freshCredentials())).status).toBe(201);
  await scene.marked();
  const older = await scene.store.readAll({ maxCount: 1_000 });
  expect((await scene.app.api.register(freshCredentials())).status).toBe(201);
  await scene.marked();
  const restored = await copyOf(older);
  const states: string[] = [];
  scene.app.application.processing.hub.onStatus(({ state }) => states.push(state));
  const statesAtEnd = scene.app.application.fatal.then(() => [...states]);
  await putBack(scene, restored);
  await eventually('the process cannot go on', () => scene.fatal() !== null, { withinMs: BOUND_MS });
  expect(scene.fatal()).toMatchObject({ name: 'RestoredLogError', message: expect.stringContaining('log restored --yes') });
  expect(await statesAtEnd).toEqual(['waiting', 'stopped']);
});

it('G17: also where requests have moved the log that was put back before that is found', async () => {
  const scene = await start();
  const { api } = scene.app;
  await scene.marked();
  const older = await scene.store.readAll({ maxCount: 1_000 });
  expect((await api.register(freshCredentials())).status).toBe(201);
  await scene.marked();
  const restored = await copyOf(older);
  // The subscription is answered late, while requests are at once.
  const readAll = restored.readAll.bind(restored);
  restored.readAll = (options) => sleep(2_000).then(() => readAll(options));
  await putBack(scene, restored);
  await eventually(
    'the process cannot go on',
    async () => {
      await api.register(freshCredentials());
      return scene.fatal() !== null;
    },
    { withinMs: BOUND_MS },
  );
  expect(scene.fatal()).toMatchObject({ name: 'RestoredLogError' });
});

it('G17: the same log after an outage ends nothing', async () => {
  const scene = await start();
  expect((await scene.app.api.register(freshCredentials())).status).toBe(201);
  await scene.marked();
  await putBack(scene, scene.store);
  await eventually('it serves again', () => isConnected(scene), { withinMs: BOUND_MS });
  expect((await scene.app.api.register(freshCredentials())).status).toBe(201);
  await scene.marked();
  expect(scene.fatal()).toBeNull();
});

it('a history that begins while the process runs ends it, though it appends nothing', async () => {
  const { app, env, fatal } = await start();
  const pair = await app.api.signedIn(freshCredentials());
  // A tool with another DATA_DIR does not see that a server runs.
  const elsewhere = temporaryFolder();
  cleanUp.push(() => elsewhere.remove());
  const tool = openInstallation(readToolConfig({ ...env, DATA_DIR: elsewhere.path }));
  await operate(tool, 'log.restored', { operator: 'ops', sign_out_all: false });
  await tool.close();
  await eventually('the process cannot go on', () => fatal() !== null, { withinMs: BOUND_MS });
  expect(fatal()).toMatchObject({
    name: 'OutdatedInstanceError',
    message: expect.stringContaining('must be started again'),
  });
  const refused = await app.api.refresh(pair.refresh_token);
  expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('out of date')]);
});
