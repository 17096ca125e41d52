import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Pair } from '../support/api-client.js';
import { startApp } from '../support/every-back-end.js';
import { freshCredentials, type RunningApp } from '../support/running-app.js';

const POSTS = ['register', 'login', 'refresh', 'logout', 'logout/all', 'password/change'];
const FIELDS = [
  'email',
  'username',
  'password',
  'name',
  'device_id',
  'device_name',
  'refresh_token',
  'keep_current',
  'current_password',
  'new_password',
  '__proto__',
  'constructor',
];

let app: RunningApp;
let pair: Pair;
beforeAll(async () => {
  app = await startApp();
  pair = await app.api.signedIn(freshCredentials());
});
afterAll(() => app.close());

const strange = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('\0', '\ud800', '$gt', '{"$ne":null}', "' or 1=1 --", '../../etc/passwd', '🦉'.repeat(200)),
);
const body = fc.oneof(
  fc
    .dictionary(fc.oneof(fc.constantFrom(...FIELDS), strange), fc.oneof(strange, fc.jsonValue()))
    .map((value) => JSON.stringify(value)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.constantFrom('[', '[[[[[[', '{"a":1', '"', '', 'null', '{"__proto__":{"admin":true}}', '['.repeat(8_000)),
  strange,
);
const types = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data',
  'application/json; charset=utf-7',
  '///',
);
const authorization = fc.oneof(
  fc.constant(undefined),
  fc.constant('real'),
  fc.string({ unit: fc.constantFrom(...Array.from('Bearer .abc=-_~+/ ')), maxLength: 60 }),
);

describe('G13: bad input is a clear answer', () => {
  it('whatever is sent to whatever is there, it is no 5xx, a problem has its code, and nobody is harmed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...POSTS), body, types, authorization, async (path, text, type, bearer) => {
        const headers: Record<string, string> = { 'content-type': type };
        if (bearer !== undefined) headers.authorization = bearer === 'real' ? `Bearer ${pair.access_token}` : bearer;
        const answer = await app.api.request(`/api/v1/auth/${path}`, { method: 'POST', headers, body: text });
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400) expect(answer.body).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/) });
        expect(answer.text).not.toMatch(/\bat .*:\d+:\d+|node_modules/);
        // `logout/all` with the real token is a request like any other: sign in again then.
        if (path === 'logout/all' && answer.status === 204) pair = await app.api.signedIn(freshCredentials());
      }),
      { numRuns: 600 },
    );
    expect((await app.api.refresh(pair.refresh_token)).status).toBe(200);
  });

  it('paths, queries and headers of any kind get an answer below 500', async () => {
    const anyPath = fc.oneof(
      fc.webPath(),
      strange.map((text) => `/api/v1/auth/devices/${encodeURIComponent(text.toWellFormed())}/events`),
      strange.map(
        (text) => `/api/v1/auth/devices/${pair.session_id}/events?before=${encodeURIComponent(text.toWellFormed())}`,
      ),
      fc.constantFrom('/%', '/%c0%af', '//', '/api/v1/auth/devices/%2e%2e', '/?a[b]=c&a=d'),
    );
    const header = fc.string({ unit: fc.constantFrom(...Array.from('0123456789/abc $%&;,')), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(anyPath, header, fc.constantFrom('GET', 'DELETE', 'PATCH', 'HEAD'), async (path, value, method) => {
        const headers = { 'if-log-position': value, 'x-request-id': value, authorization: `Bearer ${pair.access_token}` };
        const { status } = await app.api.request(path, { method, headers });
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 400 },
    );
  });

  it('a body that never ends is cut off, one that is given up disturbs nobody', async () => {
    const given = new AbortController();
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_024)) });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, duplex: 'half' } as const;
    const answer = await app.api.request('/api/v1/auth/login', { ...init, body: endless }).catch(() => ({ status: 413 }));
    expect(answer.status).toBe(413);
    const silent = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) });
    const pending = app.api.request('/api/v1/auth/login', { ...init, body: silent, signal: given.signal });
    setTimeout(() => given.abort(), 50);
    await expect(pending).rejects.toThrow();
    expect((await app.api.request('/healthz')).status).toBe(200);
  });
});
