/** The server itself: connections and how requests arrive on them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import Koa from 'koa';
import { openListener, startServer, type RunningServer } from '../../src/http/server.js';

let server: RunningServer;
beforeAll(async () => {
  const app = new Koa().use(async (ctx) => {
    let bytes = 0;
    for await (const chunk of ctx.req) bytes += (chunk as Buffer).length;
    ctx.body = String(bytes);
  });
  // The connections that are given up.
  app.silent = true;
  server = await startServer(app, { host: '127.0.0.1', port: 0, arrival: { head: 1_000, whole: 3_000, check: 50 } });
});
afterAll(() => server.drain({ idleMs: 0, requestsMs: 100 }));

/** Sends bytes and waits for the connection to end: what was answered, and after how many milliseconds. */
function exchange(bytes: string, during: (socket: Socket) => void = () => undefined): Promise<[string, number]> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('close', () => resolve([answer, performance.now() - begin])).on('error', reject);
    during(socket);
  });
}

const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n';

describe('a listener without an application yet', () => {
  it('keeps a request until there is one', async () => {
    const listener = await openListener({ host: '127.0.0.1', port: 0 });
    const asked = fetch(`http://127.0.0.1:${listener.port}/`, { method: 'POST', body: 'five!' });
    const socket = connect(listener.port, '127.0.0.1');
    await once(socket, 'connect');
    const running = listener.serve(new Koa().use((ctx) => void (ctx.body = 'served')));
    expect(await (await asked).text()).toBe('served');
    socket.destroy();
    await running.drain({ idleMs: 0, requestsMs: 0 });
  });

  it('lets its port go when there is to be none', async () => {
    const listener = await openListener({ host: '127.0.0.1', port: 0 });
    await listener.drain({ idleMs: 0, requestsMs: 0 });
    await expect(fetch(`http://127.0.0.1:${listener.port}/`)).rejects.toThrow('fetch failed');
  });
});

describe('a request that does not arrive', () => {
  it.each([
    ['its head', HEAD, 1_000],
    ['its body', `${HEAD}\r\nfive!`, 3_000],
  ])('because %s never ends, is given up with 408', async (_, bytes, afterMs) => {
    const [answer, ms] = await exchange(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
    expect(ms).toBeGreaterThan(afterMs - 50);
    expect(ms).toBeLessThan(afterMs + 1_000);
  });

  it('because its head comes letter by letter, is given up as well', async () => {
    let dripping: NodeJS.Timeout | undefined;
    const [answer] = await exchange('GET / HTTP/1.1\r\n', (socket) => {
      dripping = setInterval(() => socket.write('X-A: b\r\n'), 20);
    });
    clearInterval(dripping);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('keeps nobody else waiting', async () => {
    const slow = exchange(HEAD);
    const [answer] = await exchange(`${HEAD}Connection: close\r\n\r\n0123456789`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    await slow;
  });
});
