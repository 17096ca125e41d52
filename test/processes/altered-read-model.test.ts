/** The read model's documents emptied by another tool: said in a sentence, and made again by `rebuild`. */
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { ApiClient } from '../support/api-client.js';
import { ownServer } from '../support/own-server.js';
import { freshCredentials } from '../support/running-app.js';
import { runScript } from '../support/script.js';

const own = ownServer();
const SENTENCE =
  /^read model unavailable: a document in its collection of \w+ was changed by another tool; `rebuild` makes the read model again\.?$/;

function emptyDocuments(): void {
  const db = new Database(path.join(own.folder, 'tokenledger.db'));
  db.exec("update accounts_1 set document = '{}'; update sessions_1 set document = '{}'");
  db.close();
}

describe('a read model whose documents another tool has emptied', () => {
  it('is named by the tool and at /devices, and rebuilt', async () => {
    const { url } = await own.start();
    const credentials = freshCredentials();
    const { access_token: token } = await new ApiClient(url).signedIn(credentials);
    const { body: me } = await new ApiClient(url).get('me', token);
    const users = (...args: string[]): ReturnType<typeof runScript> =>
      runScript('users', { DATA_DIR: own.folder }, ...args);
    await own.server.end('SIGTERM');
    emptyDocuments();
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
    expect(devices).toMatchObject({ status: 503, body: { code: 'unavailable', detail: expect.stringMatching(SENTENCE) } });
    expect(await users('list')).toMatchObject({ code: 1, stdout: '' });
    expect((await runScript('rebuild', { DATA_DIR: own.folder })).code).toBe(1);
    expect(await api.get('devices', token)).toMatchObject({ status: 200, body: { devices: [{ current: true }] } });
    expect((await users('show', credentials.email)).code).toBe(0);
  });
});
