import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { runScript } from '../support/script.js';

let server: Server | null = null;
afterEach(() => void server?.close());

/** A server that answers `status` at /healthz and 503 elsewhere. Resolves to its port. */
async function listen(host: string, status: number): Promise<string> {
  const listening = createServer(({ url }, response) => response.writeHead(url === '/healthz' ? status : 503).end());
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, host, resolve));
  return String((listening.address() as AddressInfo).port);
}

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'));

describe('the health check of a container', () => {
  it.each([
    ['0.0.0.0', 'http://127.0.0.1'],
    ['127.0.0.1', 'http://127.0.0.1'],
    ...(hasIPv6 ? [['::', 'http://[::1]'] as const] : []),
    ['', 'http://127.0.0.1'],
  ])('asks a server that listens on %s at %s', async (HOST, url) => {
    const PORT = await listen(HOST, 200);
    expect(await runScript('healthcheck', { HOST, PORT })).toMatchObject({
      code: 0,
      output: `${url}:${PORT}/healthz answered 200\n`,
    });
  });

  it('fails in a sentence when the server is not well, or does not answer', async () => {
    const PORT = await listen('127.0.0.1', 200);
    expect(await runScript('healthcheck', { OPERATIONS_PORT: PORT }, '--ready')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/503\n$/),
    });
    await new Promise((resolve) => server?.close(resolve));
    const gone = await runScript('healthcheck', { PORT });
    expect(gone).toMatchObject({ code: 1, output: expect.stringContaining('ECONNREFUSED') });
    expect(gone.output).not.toMatch(/\bat .*:\d+/);
  });

  it('reads no variable but those that it needs, and explains itself', async () => {
    const PORT = await listen('127.0.0.1', 200);
    const checked = await runScript('healthcheck', { PORT, LOG_LEVEL: 'loud', MONGODB_URL_FILE: '/none' }, '--json');
    expect(JSON.parse(checked.stdout)).toEqual({ url: `http://127.0.0.1:${PORT}/healthz`, status: 200 });
    const wrong = await runScript('healthcheck', { PORT: '0' });
    expect(wrong).toMatchObject({ code: 2, output: expect.stringContaining('npx tokenledger healthcheck') });
  });
});
