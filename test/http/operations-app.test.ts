import { afterEach, describe, expect, it } from '@jest/globals';
import { createSecretKey } from 'node:crypto';
import { pino } from 'pino';
import { Metrics } from '../../src/http/metrics/metrics.js';
import { createOperationsApp, type OperationsDependencies } from '../../src/http/operations-app.js';
import type { OperatorAnswers } from '../../src/http/operator-routes.js';
import { SecurityLog } from '../../src/http/security-log.js';
import { startServer, type RunningServer } from '../../src/http/server.js';
import { ApiClient } from '../support/api-client.js';
import { codeOf, QUIET_SOURCES } from '../support/fake-http.js';

const TOKEN = 'operator-token';
const log = pino({ level: 'silent' });

let server: RunningServer | null = null;
afterEach(async () => {
  await server?.drain({ idleMs: 0, requestsMs: 100 });
  server = null;
});

async function start(options: Partial<OperationsDependencies> = {}): Promise<ApiClient> {
  const app = createOperationsApp({
    log,
    draining: () => false,
    securityLog: new SecurityLog(log, createSecretKey(Buffer.alloc(32, 1))),
    metrics: new Metrics(QUIET_SOURCES),
    readiness: () => Promise.resolve({ ready: true, view: { status: 'ready' } }),
    operator: null,
    ...options,
  });
  server = await startServer(app, { host: '127.0.0.1', port: 0 });
  return new ApiClient(`http://127.0.0.1:${server.port}`);
}

describe('the operations listener', () => {
  it('shows metrics, readiness and that it lives, at these paths exactly', async () => {
    const api = await start();
    expect((await api.request('/healthz')).body).toEqual({ status: 'ok' });
    expect((await api.request('/readyz')).body).toEqual({ status: 'ready' });
    const metrics = await api.request('/metrics');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(metrics.text).toContain('tokenledger_build_info');
    for (const path of ['/metrics/', '/METRICS', '//metrics', '/readyz/', '/api/v1/auth/me', '/operator/keys.list'])
      expect(codeOf(await api.request(path))).toEqual([404, 'not_found']);
  });

  it('is 503 while not ready, and while draining', async () => {
    let draining = false;
    const api = await start({
      draining: () => draining,
      readiness: () => Promise.resolve({ ready: draining, view: { status: 'not_ready', event_store: 'down' } }),
    });
    const unready = await api.request('/readyz');
    expect([unready.status, unready.body]).toEqual([503, { status: 'not_ready', event_store: 'down' }]);
    draining = true;
    const answer = await api.request('/readyz');
    expect([answer.status, answer.body.status, answer.headers.get('connection')]).toEqual([503, 'draining', 'close']);
  });
});

describe('the operator’s tool', () => {
  const asked: unknown[] = [];
  async function* lines(): AsyncGenerator<string> {
    for (let number = 1; number <= 3; number += 1) yield await Promise.resolve(`{"number":${number}}\n`);
  }
  const operator: OperatorAnswers = {
    token: TOKEN,
    answer: (operation, input) => {
      asked.push([operation, input]);
      if (operation === 'count') return Promise.resolve({ status: 200, contentType: 'application/jsonl', body: lines() });
      if (operation === 'fail') return Promise.reject(new TypeError('the inside of the server'));
      return Promise.resolve({ status: 409, contentType: 'application/json', body: '{"error":"Stop it first."}' });
    },
  };
  const ask = (name: string, token: string | null, body = '{}'): Promise<Response> =>
    fetch(`http://127.0.0.1:${server!.port}/operator/${name}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    });

  it.each([null, '', 'operator-toke', `${TOKEN}x`, 'OPERATOR-TOKEN'])('is refused the token %j', async (token) => {
    await start({ operator });
    asked.length = 0;
    const answer = await ask('log.restored', token);
    expect([answer.status, await answer.json()]).toEqual([401, expect.objectContaining({ code: 'token_invalid' })]);
    expect(asked).toEqual([]);
  });

  it('gets what was answered, JSON or JSON Lines', async () => {
    await start({ operator });
    asked.length = 0;
    const refused = await ask('log.restored', TOKEN, '{"a":1}');
    expect([refused.status, refused.headers.get('content-type'), await refused.text()]).toEqual([
      409,
      'application/json; charset=utf-8',
      '{"error":"Stop it first."}',
    ]);
    const several = await ask('count', TOKEN, '');
    expect([several.status, several.headers.get('content-type'), await several.text()]).toEqual([
      200,
      'application/jsonl; charset=utf-8',
      '{"number":1}\n{"number":2}\n{"number":3}\n',
    ]);
    expect(asked).toEqual([
      ['log.restored', { a: 1 }],
      ['count', {}],
    ]);
    const failed = await ask('fail', TOKEN);
    expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringContaining('inside of the server')]);
    expect((await ask('count', TOKEN, '{"a":')).status).toBe(400);
  });

  it('finds nothing where there is no operator', async () => {
    await start();
    expect((await ask('count', TOKEN)).status).toBe(404);
  });
});
