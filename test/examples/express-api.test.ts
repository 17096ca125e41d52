/** examples/express-api beside the built server: Bearer tokens and bound ones. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ApiClient, type Pair } from '../support/api-client.js';
import { dpopKey, type DpopKey } from '../support/dpop-key.js';
import { exampleDescribe, freePort, runScriptOf, startExample, type ExampleProcess } from '../support/example.js';
import { freshCredentials } from '../support/running-app.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ORIGIN = 'https://app.example.org';

exampleDescribe('express-api', () => {
  const folder = temporaryFolder();
  let server: ServerProcess;
  let example: ExampleProcess;
  let url: string;
  let key: DpopKey;
  beforeAll(async () => {
    runScriptOf('express-api', 'build');
    server = await startServerProcess({ DATA_DIR: folder.path, PORT: String(await freePort()) });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    example = await startExample('express-api', ['dist/server.js'], {
      env: { ISSUER: server.url, PORT: String(port), ALLOWED_ORIGIN: ORIGIN },
      ready: /^http/m,
    });
    key = await dpopKey();
  });
  afterAll(async () => {
    await example.end();
    await server.end('SIGKILL');
    folder.remove();
  });

  const ask = (headers: Record<string, string>, path = '/orders'): Promise<Response> => fetch(url + path, { headers });
  const outcome = async (headers: Record<string, string>, path?: string): Promise<string> => {
    const { status, headers: answered } = await ask(headers, path);
    return `${status} ${answered.get('www-authenticate') ?? ''}`.trim();
  };

  it('takes a Bearer token, and nothing that is none', async () => {
    const pair = await new ApiClient(server.url).signedIn(freshCredentials());
    const answer = await ask({ authorization: `Bearer ${pair.access_token}` });
    expect([answer.status, await answer.json()]).toEqual([200, { user: expect.any(String), orders: [expect.anything()] }]);
    expect(await outcome({})).toBe('401 Bearer');
    for (const token of ['x', pair.refresh_token, `${pair.access_token}x`, `${pair.access_token} x`])
      expect(await outcome({ authorization: `Bearer ${token}` })).toBe('401 Bearer error="invalid_token"');
    expect(await outcome({ authorization: 'Basic YTpi' })).toBe('401 Bearer error="invalid_token"');
  });

  it('takes a bound token with a proof by its key, once', async () => {
    const credentials = freshCredentials();
    const api = new ApiClient(server.url);
    await api.register(credentials);
    const login = await key.proof('POST', `${server.url}/api/v1/auth/login`);
    const token = (await api.post<Pair>('login', credentials, { dpop: login })).body.access_token;
    const authorization = `DPoP ${token}`;
    const dpop = await key.proofFor(token, 'GET', `${url}/orders`);
    expect(await outcome({ authorization, dpop }, '/orders?page=1')).toBe('200');
    expect(await outcome({ authorization, dpop })).toBe('401 DPoP error="invalid_dpop_proof", algs="ES256"');

    const refused = '401 DPoP error="invalid_token", algs="ES256"';
    const other = await dpopKey();
    for (const proof of [
      await other.proofFor(token, 'GET', `${url}/orders`),
      await key.proofFor(token, 'POST', `${url}/orders`),
      await key.proofFor(token, 'GET', `${url}/others`),
      await key.proof('GET', `${url}/orders`),
      'x',
    ])
      expect(await outcome({ authorization, dpop: proof })).toBe(refused);
    expect(await outcome({ authorization })).toBe(refused);
    const fresh = await key.proofFor(token, 'GET', `${url}/orders`);
    expect(await outcome({ authorization: `Bearer ${token}`, dpop: fresh })).toBe('401 Bearer error="invalid_token"');
    expect(await outcome({ authorization: `Bearer ${token}` })).toBe('401 Bearer error="invalid_token"');
  });

  it('lets the pages of its origin in', async () => {
    const preflight = await fetch(`${url}/orders`, { method: 'OPTIONS', headers: { origin: ORIGIN } });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN]);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('DPoP');
  });

  it('says that it cannot know while the keys are out of reach', async () => {
    const { access_token } = await new ApiClient(server.url).signedIn(freshCredentials());
    const port = await freePort();
    const env = { ISSUER: server.url, PORT: String(port) };
    const other = await startExample('express-api', ['dist/server.js'], { env, ready: /^http/m });
    try {
      server.child.kill('SIGSTOP');
      const late = fetch(`http://127.0.0.1:${port}/orders`, { headers: { authorization: `Bearer ${access_token}` } });
      await server.end('SIGKILL');
      expect((await late).status).toBe(503);
    } finally {
      await other.end();
    }
  });
});
