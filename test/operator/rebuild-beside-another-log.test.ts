/** Two installations on one EventStoreDB: a rebuild of the one, with the MONGODB_URL of the other by mistake. */
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { environmentOf, installationFolder, onServers, startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';
import { runScript } from '../support/script.js';

const serversIt = onServers ? it : it.skip;

let first: ReturnType<typeof installationFolder>;
let third: ReturnType<typeof installationFolder>;
let app: RunningApp | null = null;
beforeEach(() => {
  [first, third] = [installationFolder(), installationFolder()];
});
afterEach(async () => {
  await app?.close();
  app = null;
  await first.remove();
  await third.remove();
});

describe('a rebuild with the read model of another installation', () => {
  serversIt('is refused beside its server, which goes on; without one it is made, and the server fails', async () => {
    const firstEnv = await environmentOf(first.path);
    const EVENTSTORE_URL = firstEnv.EVENTSTORE_URL ?? '';
    await environmentOf(third.path);
    const ofThird = { EVENTSTORE_URL, STREAM_PREFIX: 'third_', KEYS_FILE: path.join(third.path, 'keys.json') };
    await (await startApp({ folder: third.path, env: ofThird })).close();
    const mistaken = { ...ofThird, DATA_DIR: third.path, MONGODB_URL: firstEnv.MONGODB_URL ?? '' };
    const rebuild = (...args: string[]): ReturnType<typeof runScript> => runScript('rebuild', mistaken, ...args);

    app = await startApp({ folder: first.path });
    const projectorIs = (state: string): Promise<void> =>
      eventually(`the projector ${state}`, () => app!.application.processing.projector.status().state === state);
    await projectorIs('running');
    const credentials = freshCredentials();
    const { access_token: token } = await app.api.signedIn(credentials);
    expect(await rebuild('--check')).toMatchObject({
      code: 1,
      stdout: '',
      output: expect.stringContaining('is of another log'),
    });
    expect(await rebuild()).toMatchObject({
      ...{ code: 1, stdout: '' },
      output: expect.stringMatching(/^the read model in place is of another log, .*check STREAM_PREFIX and MONGODB_URL/),
    });
    expect(await app.api.get('devices', token)).toMatchObject({ status: 200, body: { devices: [{ current: true }] } });

    // As if nobody held the lease: what runs finds out by itself.
    const { stores, eventLog } = app.application;
    await app.application.processing.projector.stop();
    expect(await rebuild()).toMatchObject({ output: expect.stringContaining('the new read model is in place') });
    app.application.processing.projector.start();
    await projectorIs('failed');
    expect((await stores.readModel.progress()).lastEvent).not.toBeNull();
    expect(await eventLog.holds((await stores.readModel.progress()).lastEvent!)).toBe(false);
    // The server's own rebuild repairs it, though its projector holds the lease.
    const repaired = app.application.operator.rebuild({ check: false, onProgress: () => undefined });
    expect(await repaired).toMatchObject({ wasOfOtherLog: true });
    await projectorIs('running');
  });
});
