import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createNetServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeOperatorFile } from '../../src/operator/operator-file.js';
import { runScript } from '../support/script.js';
import { startServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const LOST =
  /^the server at http:\/\/127\.0\.0\.1:\d+ was reached and then lost \([^\n]+\): [^\n]*before you ask again\. [^\n]*\n$/;

let folder: ReturnType<typeof temporaryFolder>;
let server: Server | null;
let sockets: Socket[];
beforeEach(() => {
  folder = temporaryFolder();
  server = null;
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  if (server !== null) await new Promise((resolve) => server?.close(resolve));
  folder.remove();
});

async function listening(made: Server): Promise<string> {
  server = made.listen(0, '127.0.0.1');
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What the tool says and does where a server like this one has the data folder, of which the keys are there. */
async function beside(url: string, ...args: readonly string[]): ReturnType<typeof runScript> {
  expect((await runScript('keys', { DATA_DIR: folder.path }, 'init')).code).toBe(0);
  await writeOperatorFile(folder.path, { url, token: 'a-token' });
  return runScript('keys', { DATA_DIR: folder.path }, ...args);
}
const answering = (listener: RequestListener): Promise<string> => listening(createServer(listener));

describe('the tool, when a server that it has reached is lost', () => {
  it('says so before any answer, and does nothing itself: the server may have done it', async () => {
    const url = await answering((request) => request.socket.destroy());
    expect(await beside(url, 'rotate')).toEqual({ code: 1, stdout: '', output: expect.stringMatching(LOST) });
    await new Promise((resolve) => server?.close(resolve));
    server = null;
    const { stdout } = await runScript('keys', { DATA_DIR: folder.path }, '--json');
    expect(stdout.split('\n').filter((line) => line.includes('"refresh"'))).toHaveLength(1);
  });

  it('says so in a sentence in the middle of an answer', async () => {
    const url = await answering((request, response) => {
      response.writeHead(200, { 'content-type': 'application/jsonl; charset=utf-8' });
      response.write('{"progress":{"events":1,"share":0.1}}\n{"keys"', () => request.socket.destroy());
    });
    expect(await beside(url, '--json')).toEqual({ code: 1, stdout: '', output: expect.stringMatching(LOST) });
  });

  it('does the work itself where what has the port speaks no HTTP', async () => {
    const url = await listening(createNetServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')));
    const itself = await beside(url);
    expect([itself.code, itself.stdout]).toEqual([0, expect.stringContaining('HS256')]);
  });
});

describe('the tool beside a server that is silent for long', () => {
  it('waits for it', async () => {
    const own = await startServerProcess({ DATA_DIR: folder.path });
    try {
      own.child.kill('SIGSTOP');
      const asked = runScript('keys', { DATA_DIR: folder.path });
      expect(await Promise.race([asked, sleep(1_500, 'waits')])).toBe('waits');
      own.child.kill('SIGCONT');
      expect(await asked).toMatchObject({ code: 0, stdout: expect.stringContaining('HS256') });
    } finally {
      await own.end('SIGKILL');
    }
  });

  it('takes the answer as it comes, in whatever pieces', async () => {
    const key = { use: 'refresh', algorithm: 'ключ', state: 'kept', made_at: 'long ago' };
    const bytes = Buffer.from(`{"progress":{"events":1,"share":0.1}}\n${JSON.stringify({ keys: [{ kid: 'a', ...key }] })}`);
    const url = await answering((_, response) => {
      response.writeHead(200, { 'content-type': 'application/jsonl' });
      void (async () => {
        for (const byte of bytes) await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
        response.end();
      })();
    });
    const { code, stdout } = await beside(url);
    expect([code, stdout]).toEqual([0, 'a  refresh  ключ  made long ago  kept for what it protects\n']);
  });
});
