/** What stays on disk over a restart, and that nothing is written while nobody asks for anything. */
import { describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import Database from 'libsql';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { ownServer } from '../support/own-server.js';
import { freshCredentials } from '../support/running-app.js';
import { takenPort } from '../support/taken-port.js';

const own = ownServer();

describe('the process', () => {
  it('keeps everything over a restart: sessions, devices, keys, and its issuer whatever the port', async () => {
    const first = await own.start();
    const pair = await new ApiClient(first.url).signedIn(freshCredentials());
    await first.end('SIGTERM');
    const letGo = await takenPort(first.url);
    const second = await own.start();
    letGo();
    expect(second.url).not.toBe(first.url);
    const api = new ApiClient(second.url);
    expect((await api.get('me', pair.access_token)).status).toBe(200);
    const refreshed = await api.refresh(pair.refresh_token);
    expect(refreshed.status).toBe(200);
    expect(decodeJwt(refreshed.body.access_token).iss).toBe(decodeJwt(pair.access_token).iss);
    expect(await api.devices(refreshed.body.access_token)).toHaveLength(1);
    await second.end('SIGTERM');
    const renamed = new ApiClient((await own.start({ ISSUER: 'https://auth.example.com' })).url);
    expect((await renamed.get('me', refreshed.body.access_token)).status).toBe(200);
    const again = await renamed.refresh(refreshed.body.refresh_token);
    expect(again.status).toBe(200);
    expect(decodeJwt(again.body.access_token).iss).toBe('https://auth.example.com');
    await own.server.end('SIGTERM');
    // Each former issuer's token is good, not only that of the first and of the last one.
    const moved = new ApiClient((await own.start({ ISSUER: 'https://login.example.com' })).url);
    for (const { access_token } of [refreshed.body, again.body])
      expect((await moved.get('me', access_token)).status).toBe(200);
  });

  it('S9: writes nothing while nobody asks for anything', async () => {
    const { url } = await own.start();
    const api = new ApiClient(url);
    const credentials = freshCredentials();
    expect((await api.register(credentials)).status).toBe(201);
    const { headers, body } = await api.login(credentials);
    await api.devices(body.access_token, headers.get('log-position'));
    const files = ['tokenledger.db', 'user-keys.db'].map((name) => new Database(path.join(own.folder, name)));
    const commits = (): unknown[] => files.map((file) => file.prepare('PRAGMA data_version').raw().get());
    // The high-water mark is written within a second, and a mail may still be on its way.
    let before: unknown[] = [];
    await eventually('all that follows the answers is written', async () => {
      before = commits();
      await sleep(1_500);
      return isDeepStrictEqual(commits(), before);
    });
    await sleep(3_000);
    expect(commits()).toEqual(before);
    // Otherwise nothing was measured.
    expect((await api.refresh(body.refresh_token)).status).toBe(200);
    expect(commits()).not.toEqual(before);
    for (const file of files) file.close();
  });
});
