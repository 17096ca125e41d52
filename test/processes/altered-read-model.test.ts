/** Another tool has altered documents of the read model: a sentence names that, and `rebuild` makes them again. */
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { eventually } from '../support/eventually.js';
import { ApiClient } from '../support/api-client.js';
import { ownServer } from '../support/own-server.js';
import { freshCredentials } from '../support/running-app.js';
import { runScript } from '../support/script.js';

const own = ownServer();
const SENTENCE =
  /^read model unavailable: a document in its collection of \w+ was changed by another tool; `rebuild` makes the read model again\.?$/;

function alterDocuments(document: string): void {
  const db = new Database(path.join(own.folder, 'tokenledger.db'), { timeout: 10_000 });
  for (const table of ['accounts_1', 'sessions_1', 'streams_1'])
    db.prepare(`update ${table} set document = ?`).run(document);
  db.close();
}

describe('a read model whose documents another tool has altered', () => {
  it.each(['{}', '[]', '{"id":"other","position":"1"}', 'no JSON'])(
    'to "%s" is named by the tool and at /devices, and rebuilt',
    async (document) => {
      const { url } = await own.start();
      const credentials = freshCredentials();
      const { access_token: token } = await new ApiClient(url).signedIn(credentials);
      const { body: me } = await new ApiClient(url).get('me', token);
      const users = (...args: string[]): ReturnType<typeof runScript> =>
        runScript('users', { DATA_DIR: own.folder }, ...args);
      await own.server.end('SIGTERM');
      alterDocuments(document);
      const questions = [
        ['list'],
        ['show', credentials.email],
        ['find', String(me.user_id)],
        ['sessions', credentials.email],
      ];
      for (const question of questions) {
        const { code, output } = await users(...question);
        expect([code, output.trim()]).toEqual([1, expect.stringMatching(SENTENCE)]);
      }
      const api = new ApiClient((await own.start()).url);
      const devices = await api.get('devices', token);
      expect(devices).toMatchObject({
        status: 503,
        body: { code: 'unavailable', detail: expect.stringMatching(SENTENCE) },
      });
      expect(await users('list')).toMatchObject({ code: 1, stdout: '' });
      expect((await runScript('rebuild', { DATA_DIR: own.folder })).code).toBe(1);
      expect(await api.get('devices', token)).toMatchObject({ status: 200, body: { devices: [{ current: true }] } });
      expect((await users('show', credentials.email)).code).toBe(0);
    },
  );

  it.each(['[]', 'no JSON'])('to "%s" stops the projector, which says why, until it is rebuilt', async (document) => {
    const { url, operationsUrl } = await own.start();
    const api = new ApiClient(url);
    const projectorIs = (state: string): Promise<void> =>
      eventually(`the projector ${state}`, async () => {
        const answer = await fetch(`${operationsUrl}/readyz`);
        return ((await answer.json()) as { projection: { state: string } }).projection.state === state;
      });
    const { refresh_token: token } = await api.signedIn(freshCredentials());
    await projectorIs('running');
    alterDocuments(document);
    await api.post('refresh', { refresh_token: token });
    await projectorIs('failed');
    expect(own.server.output()).toMatch(
      /"failure":\{"reason":"read model unavailable: a document in its collection of \w+ was changed/,
    );
    expect((await runScript('rebuild', { DATA_DIR: own.folder })).code).toBe(1);
    await projectorIs('running');
  });
});
