/** examples/resource-server beside the built server, which is stopped and started again. */
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ApiClient, type Pair } from '../support/api-client.js';
import { dpopKey } from '../support/dpop-key.js';
import { eventually } from '../support/eventually.js';
import { CLIENT, exampleDescribe, freePort, startExample, writeClients, type ExampleProcess } from '../support/example.js';
import { freshCredentials } from '../support/running-app.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** How soon a revoked token is refused, each time. */
const WITHIN_MS = 1_000;
/** A question to the example counts for so long at most: if it takes longer, the machine is busy, and the feed waits as well. */
const QUESTION_MS = 100;

exampleDescribe('resource-server', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: ServerProcess;
  let example: ExampleProcess | null;
  let env: Record<string, string>;
  let api: ApiClient;
  let resource: string;
  beforeEach(async () => {
    folder = temporaryFolder();
    example = null;
    const clients = path.join(folder.path, 'clients.json');
    await writeClients(clients);
    const port = String(await freePort());
    env = { DATA_DIR: path.join(folder.path, 'data'), OAUTH_CLIENTS_FILE: clients, PORT: port };
    server = await startServerProcess(env);
    api = new ApiClient(server.url);
  });
  afterEach(async () => {
    await example?.end();
    await server.end('SIGKILL');
    folder.remove();
  });

  async function start(): Promise<void> {
    const port = await freePort();
    resource = `http://127.0.0.1:${port}`;
    example = await startExample('resource-server', ['server.js'], {
      env: { ISSUER: server.url, CLIENT_ID: CLIENT.id, CLIENT_SECRET: CLIENT.secret, PORT: String(port) },
      ready: /^http/m,
    });
    await eventually('the example has caught up', async () => (await status('')) === 401);
  }
  const status = async (token: string, scheme = 'Bearer'): Promise<number> =>
    (await fetch(resource, { headers: { authorization: `${scheme} ${token}` } })).status;
  /** After a revocation was answered: the token is refused, and it was taken for less than a second. */
  const expectDropped = async (token: string): Promise<void> => {
    let takenMs = 0;
    let askedAt = performance.now();
    await eventually('the token is refused', async () => {
      const isRefused = (await status(token)) === 401;
      const now = performance.now();
      if (!isRefused) takenMs += Math.min(now - askedAt, QUESTION_MS);
      askedAt = now;
      return isRefused;
    });
    expect(takenMs).toBeLessThan(WITHIN_MS);
  };

  it('takes a token until its session has ended, and not a second longer', async () => {
    await start();
    const credentials = freshCredentials();
    const pair = await api.signedIn(credentials);
    const other = await api.signIn(credentials);
    const answer = await fetch(resource, { headers: { authorization: `Bearer ${pair.access_token}` } });
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ sid: pair.session_id })]);

    await api.logout(pair.refresh_token);
    await expectDropped(pair.access_token);
    expect(await status(other.access_token)).toBe(200);

    const kept = await api.signIn(credentials);
    await api.logoutAll(kept.access_token, true);
    await expectDropped(other.access_token);
    expect(await status(kept.access_token)).toBe(200);
    await api.logoutAll(kept.access_token);
    await expectDropped(kept.access_token);

    // Of the same second, perhaps.
    expect(await status((await api.signIn(credentials)).access_token)).toBe(200);
  });

  it('refuses what ended before it started, and takes what did not', async () => {
    const [ended, lives] = [await api.signedIn(freshCredentials()), await api.signedIn(freshCredentials())];
    await api.logout(ended.refresh_token);
    await start();
    expect(await status(ended.access_token)).toBe(401);
    expect(await status(lives.access_token)).toBe(200);
  });

  it('takes nothing while the server is down, and nothing that ended meanwhile', async () => {
    const [ended, lives] = [await api.signedIn(freshCredentials()), await api.signedIn(freshCredentials())];
    const early = await api.signedIn(freshCredentials());
    await start();
    await api.logout(early.refresh_token);
    await expectDropped(early.access_token);
    await server.end('SIGTERM');
    await eventually('it does not know', async () => (await status(lives.access_token)) === 503);
    server = await startServerProcess(env);
    await api.logout(ended.refresh_token);
    await eventually('it has caught up', async () => (await status(lives.access_token)) === 200);
    expect(await status(ended.access_token)).toBe(401);
    expect(await status(early.access_token)).toBe(401);

    // The feed goes on from where it was.
    for (let time = 0; time < 3; time += 1) {
      const { access_token, refresh_token } = await api.signedIn(freshCredentials());
      expect(await status(access_token)).toBe(200);
      await api.logout(refresh_token);
      await expectDropped(access_token);
    }
  });

  it('refuses what is no access token, and one that is bound to a key without a proof', async () => {
    await start();
    const credentials = freshCredentials();
    const pair = await api.signedIn(credentials);
    const dpop = await (await dpopKey()).proof('POST', `${server.url}/api/v1/auth/login`);
    const bound = (await api.post<Pair>('login', credentials, { dpop })).body;
    for (const token of ['', 'x', pair.refresh_token, bound.access_token]) expect(await status(token)).toBe(401);
    const refused = await fetch(resource);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });
});
