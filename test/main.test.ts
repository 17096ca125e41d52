/** The process as a whole: how it starts, refuses to start, takes signals and ends. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readKeyFile, writeKeyFile } from '../src/security/key-file.js';
import { rotateKeys } from '../src/security/key-rotation.js';
import { ApiClient } from './support/api-client.js';
import { openInstallation } from './support/installation.js';
import { freshCredentials } from './support/running-app.js';
import { startServerProcess, type ServerProcess } from './support/server-process.js';
import { temporaryFolder } from './support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let server: ServerProcess | null;
beforeEach(() => {
  folder = temporaryFolder();
  server = null;
});
afterEach(async () => {
  await server?.end('SIGKILL');
  folder.remove();
});

const start = async (env: Record<string, string> = {}): Promise<ServerProcess> =>
  (server = await startServerProcess({ DATA_DIR: folder.path, ...env }));
const keysFile = (): string => path.join(folder.path, 'keys.json');

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

describe('the process', () => {
  it('says what is wrong with its configuration, and exits with 2', async () => {
    await expect(start({ SESSION_MAX_DAYS: 'many' })).rejects.toThrow('SESSION_MAX_DAYS must be a number');
  });

  it('refuses files that another process has open, telling which', async () => {
    const { child } = await start();
    await expect(startServerProcess({ DATA_DIR: folder.path })).rejects.toThrow(`in use by process ${child.pid ?? 0}`);
  });

  it('refuses to make new keys where there is data that needs the old ones', async () => {
    await (await start()).end('SIGTERM');
    rmSync(keysFile());
    await expect(start()).rejects.toThrow('no such file');
  });

  it('refuses keys that others can read, a damaged file, and a folder that is none', async () => {
    await (await start()).end('SIGTERM');
    chmodSync(keysFile(), 0o644);
    await expect(start()).rejects.toThrow('set its mode to 600');
    chmodSync(keysFile(), 0o600);
    writeFileSync(path.join(folder.path, 'tokenledger.db'), Buffer.alloc(8_192, 'x'));
    await expect(start()).rejects.toThrow('cannot open');
    await expect(start({ DATA_DIR: keysFile() })).rejects.toThrow(/does not start: .*(ENOTDIR|EEXIST|exists)/);
  });

  it('on SIGTERM answers what it was asked, then ends', async () => {
    const running = await start();
    const api = new ApiClient(running.url);
    const body = JSON.stringify(freshCredentials());
    const asking = connect(Number(new URL(running.url).port), '127.0.0.1');
    let answer = '';
    asking.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const head = `POST /api/v1/auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
    asking.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
    await api.request('/healthz');
    const asked = performance.now();
    const exit = running.end('SIGTERM');
    while (!running.output().includes('draining')) await sleep(5);
    await sleep(100);
    await expect(api.request('/healthz')).rejects.toThrow();
    asking.write(body.slice(10));
    expect(await exit).toBe(0);
    expect(answer).toMatch(/^HTTP\/1.1 201 /);
    // Not only because the time for draining was over.
    expect(performance.now() - asked).toBeLessThan(8_000);
    expect(running.output()).toContain('tokenledger is down');
  });

  it('ends as well when it is npm that gets the signal', async () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    // It is built already: no script before it. A group of its own, so that nothing of it is left behind.
    const npm = spawn('npm', ['start', '--silent', '--ignore-scripts'], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: folder.path, DATA_DIR: folder.path, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let output = '';
    npm.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const ended = once(npm, 'exit');
    try {
      while (!output.includes('tokenledger is up')) await sleep(20);
      npm.kill('SIGTERM');
      await ended;
      // Whoever waits for npm, a supervisor say, may take it that the server has ended.
      await sleep(50);
      expect(output).toContain('tokenledger is down');
    } finally {
      endGroup(npm.pid!);
    }
    await (await start()).end('SIGTERM');
  });

  it('keeps everything over a restart: sessions, devices, keys', async () => {
    const credentials = freshCredentials();
    const first = await start();
    const pair = await new ApiClient(first.url).signedIn(credentials);
    await first.end('SIGTERM');
    const api = new ApiClient((await start({ ISSUER: first.url })).url);
    // Another port, so another issuer: the tokens are the first one's.
    expect((await api.refresh(pair.refresh_token)).status).toBe(401);
    await server?.end('SIGTERM');
    const again = new ApiClient((await start({ ISSUER: 'http://127.0.0.1:0' })).url);
    const refreshed = await again.refresh(pair.refresh_token);
    expect(refreshed.status).toBe(200);
    expect(await again.devices(refreshed.body.access_token)).toHaveLength(1);
  });

  it('on SIGHUP takes rotated keys: new tokens by the new ones, old tokens still good', async () => {
    const { url, child } = await start();
    const api = new ApiClient(url);
    const pair = await api.signedIn(freshCredentials());
    const overlaps = { overlapMs: 60_000, accessOverlapMs: 60_000, mailOverlapMs: 60_000 };
    const rotation = { alg: 'EdDSA', delayMs: 0, ...overlaps } as const;
    await writeKeyFile(keysFile(), await rotateKeys(await readKeyFile(keysFile()), Date.now(), rotation));
    child.kill('SIGHUP');
    while (!server?.output().includes('keys reloaded')) await api.request('/healthz');
    const kidOf = (token: string): unknown =>
      (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
    const { status, body } = await api.refresh(pair.refresh_token);
    expect(status).toBe(200);
    expect(kidOf(body.refresh_token)).not.toBe(kidOf(pair.refresh_token));
    expect(kidOf(body.access_token)).not.toBe(kidOf(pair.access_token));
    for (const { access_token } of [pair, body]) expect((await api.get('me', access_token)).status).toBe(200);
    // A file that is not usable changes nothing.
    writeFileSync(keysFile(), readFileSync(keysFile(), 'utf8').slice(5), { mode: 0o600 });
    child.kill('SIGHUP');
    while (!server.output().includes('keys not reloaded')) await api.request('/healthz');
    expect((await api.refresh(body.refresh_token)).status).toBe(200);
  });

  it('turns unready, naming the event, when one cannot be applied; refreshing goes on', async () => {
    const first = await start({ ISSUER: 'http://test' });
    const pair = await new ApiClient(first.url).signedIn(freshCredentials());
    await first.end('SIGTERM');
    const id = randomUUID();
    const installation = await openInstallation(folder.path);
    await installation.appendUnknownEvent('user-nobody', id);
    await installation.close();
    const api = new ApiClient((await start({ ISSUER: 'http://test' })).url);
    let ready = await api.request('/readyz');
    while (ready.status === 200) ready = await api.request('/readyz');
    expect(ready.status).toBe(503);
    expect(ready.body).toMatchObject({
      status: 'not_ready',
      projection: { state: 'failed', failure: { event_id: id, stream: 'user-nobody', type: 'NobodyKnows' } },
    });
    expect((await api.request('/healthz')).status).toBe(200);
    expect((await api.refresh(pair.refresh_token)).status).toBe(200);
  });
});
