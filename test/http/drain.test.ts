import { afterEach, describe, expect, it } from '@jest/globals';
import Koa from 'koa';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { startServer, type RunningServer } from '../../src/http/server.js';
import { eventually } from '../support/eventually.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

let server: RunningServer;
let isDraining = false;
let release: () => void = () => undefined;
/** Called when a request for `/slow` has come. */
let onSlow: () => void = () => undefined;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A server whose answers wait for `release` if they are asked for `/slow`. */
async function start(): Promise<void> {
  isDraining = false;
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx) => {
    if (ctx.path === '/slow')
      await new Promise<void>((resolve) => {
        release = resolve;
        onSlow();
      });
    if (isDraining) ctx.set('Connection', 'close');
    ctx.body = 'done';
  });
  server = await startServer(app, { host: '127.0.0.1', port: 0 });
}

interface Connection {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  text(): string;
  /** Resolves once so many answers came. */
  answered(count: number): Promise<void>;
}

async function open(): Promise<Connection> {
  let text = '';
  const socket = connect(server.port, '127.0.0.1');
  sockets.push(socket);
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  await new Promise((resolve) => socket.once('connect', resolve));
  const count = (): number => text.split('HTTP/1.1 200').length - 1;
  const answered = async (wanted: number): Promise<void> => {
    while (count() < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { socket, closed, text: () => text, answered };
}

/** Resolves once the server is at the request. */
async function askSlowly({ socket }: Connection): Promise<void> {
  const come = new Promise<void>((resolve) => (onSlow = resolve));
  socket.write(REQUEST.replace('/', '/slow'));
  await come;
}

describe('draining', () => {
  it('cuts no connection that may be sending its next request: it closes after an answer that said so', async () => {
    await start();
    const connection = await open();
    connection.socket.write(REQUEST);
    await connection.answered(1);
    isDraining = true;
    const drained = server.drain({ idleMs: 30_000, requestsMs: 30_000 });
    await new Promise((resolve) => setTimeout(resolve, 150));
    const begin = performance.now();
    connection.socket.write(REQUEST);
    await connection.closed;
    await drained;
    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(connection.text().match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(connection.text()).toMatch(/Connection: close/i);
  });

  it('takes no new connection, and lets a request on its way end', async () => {
    await start();
    const connection = await open();
    await askSlowly(connection);
    isDraining = true;
    const drained = server.drain({ idleMs: 0, requestsMs: 30_000 });
    await eventually('the listener is closed', () =>
      fetch(`http://127.0.0.1:${server.port}/`).then(
        () => false,
        () => true,
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 150));
    release();
    await Promise.all([drained, connection.closed]);
    expect(connection.text()).toMatch(/200 OK[\s\S]*done$/);
  });

  it('O7: answers the connections that the system has taken and the process not yet', async () => {
    await start();
    isDraining = true;
    const clients = Array.from({ length: 40 }, () => {
      const socket = connect(server.port, '127.0.0.1');
      sockets.push(socket);
      socket.write(REQUEST);
      return text(socket);
    });
    // They connect at the end of this turn; before the next one, the server cannot accept any.
    await new Promise((resolve) => process.nextTick(resolve));
    const drained = server.drain({ idleMs: 30_000, requestsMs: 30_000 });
    for (const answer of await Promise.all(clients)) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    await drained;
  });

  it('closes a connection that stayed idle at the end of its time', async () => {
    await start();
    const connection = await open();
    connection.socket.write(REQUEST);
    await connection.answered(1);
    const begin = performance.now();
    await server.drain({ idleMs: 300, requestsMs: 5_000 });
    expect(performance.now() - begin).toBeGreaterThan(250);
    expect(performance.now() - begin).toBeLessThan(4_500);
  });

  it('gives up a request that does not end', async () => {
    await start();
    const connection = await open();
    connection.socket.on('error', () => undefined);
    await askSlowly(connection);
    await server.drain({ idleMs: 0, requestsMs: 300 });
    // It is as unanswered as ever.
    expect(connection.text()).toBe('');
    release();
  });
});
