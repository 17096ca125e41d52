/** Archiving where the log is in EventStoreDB: streams are truncated, and a scavenge removes what was archived. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { openEventStoreDb } from '../../src/adapters/eventstoredb/eventstoredb-event-store.js';
import { ArchiveFolder } from '../../src/adapters/files/archives/archive-folder.js';
import { ArchiveMissingError } from '../../src/event-store/archives.js';
import { WholeLogStore } from '../../src/event-store/whole-log-store.js';
import { ADA, answersOf, live, revisionsInLog, sealed } from '../support/archivable.js';
import { archiveRaw } from '../support/archives.js';
import { openEventStoreServer, type OpenedServer } from '../support/eventstoredb/open-server.js';
import { eventually } from '../support/eventually.js';
import { someEvents } from '../support/log-events.js';
import { newKeysFile } from '../support/new-keys.js';
import { startApp, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const DAY_MS = 86_400_000;

let folder: ReturnType<typeof temporaryFolder>;
let log: OpenedServer;
let env: Readonly<Record<string, string>>;
beforeEach(async () => {
  folder = temporaryFolder();
  log = await openEventStoreServer();
  env = { DATA_DIR: folder.path, EVENTSTORE_URL: log.url, KEYS_FILE: await newKeysFile(folder.path) };
});
afterEach(async () => {
  await log.close();
  folder.remove();
});

it('an archive that is not there is nothing to who begins behind the newest event in it, before a scavenge and after it', async () => {
  const store = openEventStoreDb(log.url);
  try {
    const archives = path.join(folder.path, 'archives');
    const whole = new WholeLogStore(store, new ArchiveFolder(archives), 't_');
    await store.append('t_a', someEvents(6), 'no_stream');
    const all = await store.readStream('t_a');
    await archiveRaw(store, { prefix: 't_', folder: archives, streams: [{ stream: 't_a', before: 4 }] });
    await store.truncateStream('t_a', 4);
    rmSync(archives, { recursive: true });
    const [before, last] = [all[2]!, all[3]!];
    const behind = async (): Promise<void> => {
      const events = await whole.readAll({ after: last.position });
      expect(events.filter(({ stream }) => stream === 't_a')).toEqual(all.slice(4));
      await expect(whole.readAll({ after: before.position })).rejects.toThrow(ArchiveMissingError);
      const end = new AbortController();
      const lastEvent = { position: last.position, eventId: last.id };
      const seen: string[] = [];
      for await (const { events: batch } of whole.subscribeToAll({
        ...{ after: last.position, lastEvent, signal: end.signal, streamPrefixes: ['t_'] },
      })) {
        seen.push(...batch.map(({ id }) => id));
        if (batch.some(({ stream }) => stream === 't_log')) end.abort();
      }
      expect(seen.slice(0, 2)).toEqual(all.slice(4).map(({ id }) => id));
    };
    await behind();
    const archived = (await log.server.node.store.readAll()).filter(({ stream, revision, type }) => {
      return type !== '$metadata' && stream === 't_a' && revision < 4;
    });
    expect(archived).toHaveLength(4);
    log.server.node.store.scavenge(...archived.map(({ position }) => position));
    await behind();
  } finally {
    await store.close();
  }
}, 60_000);

it('G8, G16, G18: nobody is answered otherwise, before a scavenge and after it, and processors go on', async () => {
  const people = await live(folder.path, env);
  // Signed in before anything is compared: each sign-in is an event.
  const first = await startApp({ folder: folder.path, env: { SEAL_EVERY_SECONDS: '0.05', ...env } });
  const { access_token: token } = await first.api.signIn(ADA);
  const history = async ({ api }: RunningApp): Promise<readonly unknown[]> => {
    const { status, body } = await api.get<{ events: unknown[] }>(`devices/${people.current.session_id}/events`, token);
    expect(status).toBe(200);
    return body.events;
  };
  const shown = await history(first);
  expect(shown.length).toBeGreaterThan(10);
  await sealed(first);
  await first.close();
  const before = await answersOf(env, people.users);
  expect(before.proved.length).toBeGreaterThanOrEqual(before.exported.length / 2 - 2);
  const laptop = `tokenledger_token-${people.laptop}`;

  const app = await startApp({ folder: folder.path, env: { SEAL_EVERY_SECONDS: '0.05', ...env } });
  const { logStore } = app.application.stores;
  const metadata = {
    id: '00000000-0000-4000-8000-000000000001',
    type: '$metadata',
    data: '{"$acl":{"$r":"ops"}}',
    metadata: '{}',
  };
  await logStore.append(`$$${laptop}`, [metadata], 'no_stream');
  const report = await app.application.operator.archives.archive({
    ...{ before: Date.now() - 2 * DAY_MS, out: null, shrink: false, actor: 'operator:ops' as const },
    onProgress: () => undefined,
  });
  expect(report.events).toBeGreaterThan(10);
  expect(await history(app)).toEqual(shown);
  const [oldest] = await logStore.readStream(laptop, { maxCount: 1 });
  expect(oldest!.revision).toBeGreaterThan(5);
  // What else the metadata of a stream say stays.
  const [said] = await logStore.readStream(`$$${laptop}`, { direction: 'backwards', maxCount: 1 });
  expect(JSON.parse(said!.data)).toEqual({ $acl: { $r: 'ops' }, $tb: oldest!.revision });
  await expect(
    app.application.operator.archives.archive({
      ...{ before: Date.now() - 2 * DAY_MS, out: null, shrink: true, actor: 'operator:ops' as const },
      onProgress: () => undefined,
    }),
  ).rejects.toThrow(/a scavenge of that server/);
  await sealed(app);
  // Until a scavenge the whole log shows them still.
  const whole = await revisionsInLog(app.application);
  expect(whole.get(laptop)![0]).toBe(0);
  await app.close();

  const same = async (): Promise<void> => {
    const { timelines, states, thefts, whatIf, exported, proved } = before;
    const after = await answersOf(env, people.users, proved);
    expect(after).toMatchObject({ timelines, states, thefts, whatIf, proved, differences: [] });
    expect(after.verified).toMatchObject({ ok: true, findings: [] });
    expect(after.exported.slice(0, exported.length)).toEqual(exported);
  };
  await same();
  const archived = (await log.server.node.store.readAll()).filter(({ stream, revision, type }) => {
    return type !== '$metadata' && stream === laptop && revision < oldest!.revision;
  });
  expect(archived.length).toBeGreaterThan(5);
  log.server.node.store.scavenge(...archived.map(({ position }) => position));
  await same();

  const again = await startApp({ folder: folder.path, env });
  expect(await history(again)).toEqual(shown);
  const { status, headers } = await again.api.refresh(people.current.refresh_token);
  expect(status).toBe(200);
  expect(headers.get('log-position')).not.toBeNull();
  const end = await again.application.eventLog.end();
  await eventually('the read model shows it', async () => {
    return ((await again.application.stores.readModel.checkpoint()) ?? '') >= end!;
  });
  await again.close();
}, 400_000);
