import type { OperatorAnswers } from '../../src/http/operator-routes.js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createSecretKey } from 'node:crypto';
import { pino, type Logger } from 'pino';
import { Metrics } from '../../src/http/metrics/metrics.js';
import { createOperationsApp, type OperationsDependencies } from '../../src/http/operations-app.js';

import { SecurityLog } from '../../src/http/security-log.js';
import { startServer, type RunningServer } from '../../src/http/server.js';
import { ApiClient, type Answer } from '../support/api-client.js';
import { codeOf, QUIET_SOURCES } from '../support/fake-http.js';

const TOKEN = 'operator-token';
const log = pino({ level: 'silent' });

let server: RunningServer | null = null;
afterEach(async () => {
  await server?.drain({ idleMs: 0, requestsMs: 100 });
  server = null;
});

function listening(): { readonly log: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: pino({ level: 'debug' }, { write }), lines };
}

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

describe('the log of the operations listener', () => {
  it.each([
    [409, 'conflict'],
    [422, 'validation_failed'],
    [503, 'unavailable'],
  ])('has a code on the line of an operator’s %i', async (status, code) => {
    const { log, lines } = listening();
    const refused = { status, contentType: 'application/json', body: '{"error":"No."}' } as const;
    const api = await start({ log, operator: { token: TOKEN, answer: () => Promise.resolve(refused) } });
    await api.request('/operator/keys.list', { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } });
    expect(lines).toMatchObject([{ route: '/operator/:operation', status, code }]);
  });

  it('has a code on the line of a server that is not ready', async () => {
    const { log, lines } = listening();
    const api = await start({ log, readiness: () => Promise.resolve({ ready: false, view: { status: 'not_ready' } }) });
    await api.request('/readyz');
    expect(lines).toMatchObject([{ route: '/readyz', status: 503, code: 'unavailable' }]);
  });

  it('goes with a count of defects', async () => {
    const metrics = new Metrics(QUIET_SOURCES);
    const operator = { token: TOKEN, answer: () => Promise.reject(new TypeError('broken')) };
    const api = await start({ metrics, operator });
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await api.request('/operator/keys.list', { method: 'POST', headers })).status).toBe(500);
    expect((await api.request('/metrics')).text).toContain('tokenledger_defects_total{listener="operations"} 1\n');
  });
});

describe('the operator’s tool', () => {
  const inputs: unknown[] = [];
  const json = 'application/json' as const;
  const operator: OperatorAnswers = {
    token: TOKEN,
    answer: (operation, input) => {
      inputs.push(input);
      switch (operation) {
        case 'echo':
          return Promise.resolve({ status: 200, contentType: json, body: JSON.stringify({ input }) });
        case 'count':
          return Promise.resolve({ status: 200, contentType: 'application/jsonl', body: numbers() });
        default:
          return Promise.resolve({ status: 409, contentType: json, body: '{"error":"Stop every instance first."}' });
      }
    },
  };
  async function* numbers(): AsyncGenerator<string> {
    for (let number = 1; number <= 3; number += 1) yield await Promise.resolve(`{"number":${number}}\n`);
  }
  const ask = (api: ApiClient, name: string, token: string | null, body = '{}'): Promise<Answer> =>
    api.request(`/operator/${name}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    });

  it.each([null, '', 'operator-toke', `${TOKEN}x`, 'OPERATOR-TOKEN'])('is refused the token %j', async (token) => {
    const api = await start({ operator });
    inputs.length = 0;
    expect(codeOf(await ask(api, 'echo', token))).toEqual([401, 'token_invalid']);
    expect(inputs).toEqual([]);
  });

  it('gets one object as JSON, several as JSON Lines, and a refusal as it is', async () => {
    const api = await start({ operator });
    const one = await ask(api, 'echo', TOKEN, '{"a":1}');
    expect([one.status, one.body]).toEqual([200, { input: { a: 1 } }]);
    const several = await fetch(`http://127.0.0.1:${server!.port}/operator/count`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect([several.headers.get('content-type'), await several.text()]).toEqual([
      'application/jsonl; charset=utf-8',
      '{"number":1}\n{"number":2}\n{"number":3}\n',
    ]);
    const refused = await ask(api, 'refuse', TOKEN);
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('Stop every instance first.')]);
    for (const body of ['[]', 'null', '7']) expect((await ask(api, 'echo', TOKEN, body)).status).toBe(422);
  });

  it('may send ten thousand notes; what is larger than all that is refused in a sentence', async () => {
    const api = await start({ operator });
    const text = `${'n'.repeat(398)}\n\n`;
    const against = Array.from({ length: 10_000 }, (_, hour) => ({ name: `2026-${hour}.note`, text }));
    inputs.length = 0;
    expect((await ask(api, 'refuse', TOKEN, JSON.stringify({ against }))).status).toBe(409);
    expect(inputs).toEqual([{ against }]);
    const tooLarge = await ask(api, 'echo', TOKEN, JSON.stringify({ text: 'x'.repeat(16 * 1024 * 1024) }));
    expect(codeOf(tooLarge)).toEqual([413, 'body_too_large']);
    expect(tooLarge.body.detail).toBe(
      'The request is larger than the 16 MiB that a running server takes at once. Nothing was done. Give fewer files to each call.',
    );
    expect(inputs).toHaveLength(1);
  });
});
