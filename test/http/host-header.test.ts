/** RFC 9112 §3.2: a request without one good Host header is refused. Node itself reads whatever stands there. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startFake, type FakeApp } from '../support/fake-http.js';

let app: FakeApp;
beforeAll(async () => {
  app = await startFake();
});
afterAll(() => app.close());

async function answerTo(...hosts: readonly string[]): Promise<string> {
  const lines = hosts.map((host) => `Host: ${host}\r\n`).join('');
  const socket = connect(app.server.port, '127.0.0.1');
  socket.write(`GET /healthz HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`);
  return text(socket);
}

it.each([
  'a.example, b.example',
  'a b',
  'user@a.example',
  'a.example/path',
  'https://a.example',
  'a:80:90',
  'a:x',
  '[::1',
  '::1',
  '<a>',
])('refuses the Host %s', async (host) => {
  const answer = await answerTo(host);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('"code":"malformed_request"');
});

it.each([
  '',
  'a',
  'A.example:8080',
  'a.example.',
  '127.0.0.1:',
  '[::1]:80',
  '[fe80::1%25eth0]',
  'xn--a-1_b.example',
  'a%2Db',
])('takes the Host "%s"', async (host) => {
  expect(await answerTo(host)).toMatch(/^HTTP\/1\.1 200 /);
});
