/** What holds for every request, whatever it asks for (G13). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import type { Answer } from '../support/api-client.js';
import { codeOf, SID, startFake, USER, type FakeApp } from '../support/fake-http.js';
import { positionOf } from '../../src/event-store/position.js';
import { createApp } from '../../src/http/app.js';
import { startServer } from '../../src/http/server.js';

const API = '/api/v1/auth';
const JSON_TYPE = { 'content-type': 'application/json' };

let app: FakeApp;
beforeAll(async () => {
  const place = { userId: USER, sid: SID, position: positionOf(1) };
  app = await startFake({
    commands: {
      signOut: () => Promise.resolve({ outcome: 'revoked', ...place }),
      refresh: () => Promise.resolve({ outcome: 'invalid' }),
    },
  });
});
afterAll(() => app.close());

describe('a body', () => {
  it.each([
    ['malformed JSON', '{"email":', JSON_TYPE, 400, 'malformed_body'],
    ['no JSON', 'email=a', JSON_TYPE, 400, 'malformed_body'],
    ['another content type', '<a/>', { 'content-type': 'text/xml' }, 415, 'unsupported_media_type'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=latin1' }, 415, 'unsupported_media_type'],
    ['a compressed body', '{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
    ['more than 16 KiB', `{"a":"${'x'.repeat(16_384)}"}`, JSON_TYPE, 413, 'body_too_large'],
  ])('with %s is refused', async (_, body, headers, status, code) => {
    for (const route of ['register', 'login', 'refresh', 'logout'])
      expect(codeOf(await app.api.request(`${API}/${route}`, { method: 'POST', body, headers }))).toEqual([status, code]);
  });

  it('that is empty is no body: the refresh token may be in the cookie, and nothing else is', async () => {
    const sent = (route: string): Promise<Answer> =>
      app.api.request(`${API}/${route}`, { method: 'POST', body: '', headers: JSON_TYPE });
    for (const route of ['register', 'login']) expect(codeOf(await sent(route))).toEqual([400, 'malformed_body']);
    for (const route of ['refresh', 'logout']) expect(codeOf(await sent(route))).toEqual([422, 'validation_failed']);
  });

  it.each(['Content-Length: 0\r\n\r\n', 'Content-Length: 00\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n'])(
    'O14: that is empty needs no type where none is needed (%j)',
    async (rest) => {
      const answer = await raw(`POST ${API}/refresh HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${rest}`);
      expect(answer).toContain('"code":"validation_failed"');
    },
  );

  it('without a type is refused where it is not empty, or where one is needed', async () => {
    for (const [route, chunk] of [
      ['refresh', '2\r\n{}\r\n'],
      ['login', ''],
    ] as const) {
      const head = `POST ${API}/${route} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked`;
      expect(await raw(`${head}\r\n\r\n${chunk}0\r\n\r\n`)).toContain('"code":"unsupported_media_type"');
    }
  });

  it.each([
    'application/json',
    'application/json ; charset=utf-8',
    'application/json; charset=utf8',
    'application/json; charset="utf-8"',
    'application/json;charset=UTF-8',
    'Application/JSON; charset="UTF8"; profile=x',
    'application/json; charset=US-ASCII',
  ])('O14: of the type %s is taken', async (type) => {
    const init = { method: 'POST', body: '{"refresh_token":"x"}', headers: { 'content-type': type } };
    expect((await app.api.request(`${API}/logout`, init)).status).toBe(204);
  });

  it('may have members that nobody knows', async () => {
    expect((await app.api.post('logout', { refresh_token: 'x', unknown: { deep: [1] } })).status).toBe(204);
  });

  it('that is not UTF-8 is refused', async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const answer = await app.api.request(`${API}/login`, { method: 'POST', body, headers: JSON_TYPE });
    expect(codeOf(answer)).toEqual([400, 'malformed_body']);
  });

  it.each(['Content-Length: 8192045', 'Transfer-Encoding: chunked'])(
    'far too large (%s) gets its answer though the client goes on sending, and so does the next one',
    async (length) => {
      const head = `POST ${API}/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;
      const body = `${`1f4000\r\n${'x'.repeat(2_048_000)}\r\n`.repeat(4)}0\r\n\r\n`;
      const answers = await raw(`${head}${body}GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(answers.match(/HTTP\/1\.1 \d+ /g)).toEqual(['HTTP/1.1 413 ', 'HTTP/1.1 200 ']);
    },
  );
});

describe('a request', () => {
  it.each([
    ['a', 'b', 'invalid_idempotency_key'],
    ['"a"', '"b"', 'invalid_idempotency_key'],
    ['a, b', null, 'token_invalid'],
  ])('with the attempt keys %s and %s is answered %s', async (one, other, code) => {
    const keys = [one, ...(other === null ? [] : [other])].map((key) => `Idempotency-Key: ${key}\r\n`).join('');
    const head = `POST ${API}/refresh HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n`;
    expect(await raw(`${head}${keys}Content-Length: 21\r\n\r\n{"refresh_token":"x"}`)).toContain(`"code":"${code}"`);
  });

  it('by a wrong method is answered 405 with Allow', async () => {
    const answer = await app.api.request(`${API}/refresh`, { method: 'PUT' });
    expect(codeOf(answer)).toEqual([405, 'method_not_allowed']);
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS');
    const options = await app.api.request(`${API}/me`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'HEAD, GET, DELETE, OPTIONS']);
    const device = await app.api.request(`${API}/devices/${SID}`);
    expect([device.status, device.headers.get('allow')]).toEqual([405, 'PATCH, DELETE, OPTIONS']);
  });

  it.each([
    '/nothing',
    `${API}/nothing`,
    `${API}/me/`,
    '/API/v1/auth/me',
    '/healthz/',
    '/metrics',
    '/readyz',
    '/../../etc/passwd',
    '/js/%2e%2e/%2e%2e/package.json',
  ])('for %s is answered 404', async (target) => {
    expect(codeOf(await app.api.request(target))).toEqual([404, 'not_found']);
  });

  it('whose path cannot be decoded is 400', async () => {
    expect(codeOf(await app.api.request('/%ff'))).toEqual([400, 'malformed_request']);
  });

  it('has an id of the server, whatever the client calls it; the log has both', async () => {
    const answer = await app.api.request('/nothing', { headers: { 'x-request-id': 'trace-1.a_b' } });
    const id = answer.headers.get('x-request-id');
    expect(id).toMatch(/^[\w-]{16}$/);
    expect(answer.body.request_id).toBe(id);
    expect(app.lines.at(-1)).toMatchObject({ request_id: id, client_request_id: 'trace-1.a_b', code: 'not_found' });
    await app.api.request('/nothing', { headers: { 'x-request-id': 'a b"\u00e9' } });
    expect(app.lines.at(-1)).not.toHaveProperty('client_request_id');
  });

  it('is answered with security headers, without HSTS unless it is configured', async () => {
    const { headers } = await app.api.request('/healthz');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('permissions-policy')).toContain('geolocation=()');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    const dependencies = { ...app.dependencies, settings: { ...app.dependencies.settings, hstsSeconds: 3_600 } };
    const server = await startServer(createApp(dependencies), { host: '127.0.0.1', port: 0 });
    const answer = await fetch(`http://127.0.0.1:${server.port}/healthz`);
    await answer.arrayBuffer();
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=3600');
    await server.drain({ idleMs: 0, requestsMs: 100 });
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a head too large', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET /healthz HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n', 400],
    ['the same Host twice', 'GET /healthz HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n', 400],
    [
      'two Authorizations',
      'GET /me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n',
      400,
    ],
    ['a coding nobody knows', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 400],
    ...['http://[', 'http://[::1', 'https://%', 'ftp://x/', 'x', '?x'].map(
      (target) => [`the target ${target}`, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 400] as const,
    ),
  ])('with %s is answered in kind', async (_, bytes, status) => {
    const answer = await raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('application/problem+json');
  });
});

describe('a page that is not there', () => {
  it('is a page for a browser, and problem details for a program or below /api', async () => {
    const folder = app.publicFolder;
    writeFileSync(path.join(folder, '404.html'), '<h1>Not here</h1>');
    const server = await startServer(createApp(app.dependencies), { host: '127.0.0.1', port: 0 });
    const ask = async (target: string, accept: string): Promise<[number, string]> => {
      const answer = await fetch(`http://127.0.0.1:${server.port}${target}`, { headers: { accept } });
      return [answer.status, await answer.text()];
    };
    expect(await ask('/deep/link', 'text/html,*/*;q=0.8')).toEqual([404, '<h1>Not here</h1>']);
    for (const [target, accept] of [
      ['/deep/link', '*/*'],
      [`${API}/nothing`, 'text/html'],
    ] as const)
      expect(await ask(target, accept)).toEqual([404, expect.stringContaining('"code":"not_found"')]);
    // As OAuth has it (RFC 6749 §5.2).
    expect(await ask('/oauth2/nothing', 'text/html')).toEqual([404, expect.stringContaining('"error":"invalid_request"')]);
    await server.drain({ idleMs: 0, requestsMs: 100 });
  });

  it.each([
    ['https://example.com/auth', '/auth/'],
    ['https://example.com/a&b/', '/a&amp;b/'],
    ['https://example.com', '/'],
  ])('has links that lead below %s, whatever the depth of the address', async (url, root) => {
    const links = ['css/base.css', './', './#here', '/root', '#title', 'https://example.org/', 'mailto:a@example.com'];
    const page = (hrefs: string[]): string => hrefs.map((href) => `<a href="${href}"><img src="img/a.svg"></a>`).join('');
    writeFileSync(path.join(app.publicFolder, '404.html'), page(links));
    const settings = { ...app.dependencies.settings, url };
    const server = await startServer(createApp({ ...app.dependencies, settings }), { host: '127.0.0.1', port: 0 });
    const answer = await fetch(`http://127.0.0.1:${server.port}/deep/link`, { headers: { accept: 'text/html' } });
    const expected = [`${root}css/base.css`, root, `${root}#here`, ...links.slice(3)];
    expect(await answer.text()).toBe(page(expected).replaceAll('src="', `src="${root}`));
    await server.drain({ idleMs: 0, requestsMs: 100 });
  });
});

/** What the server answers to bytes, read once all of them are sent: as clients do that write, then read. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(app.server.port, '127.0.0.1', () => socket.write(bytes, () => socket.resume()));
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket
      .pause()
      .on('end', () => resolve(answer))
      .on('error', reject);
  });
}
