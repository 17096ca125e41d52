/** What the process does with signals, and when a part of it ends. */
import { describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readKeyFile, writeKeyFile } from '../../src/security/key-file.js';
import { rotateKeys } from '../../src/security/key-rotation.js';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { newKeysFile } from '../support/new-keys.js';
import { ownServer } from '../support/own-server.js';
import { freshCredentials } from '../support/running-app.js';
import { startServerProcess } from '../support/server-process.js';

const own = ownServer();

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

/** Whether nobody listens there any more. */
function isRefused(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

describe('a SIGTERM', () => {
  it.each(['keys.json', 'tokenledger.db', 'user-keys.db'])(
    'that comes while it starts, at its first sight of %s',
    async (file) => {
      const seen = path.join(own.folder, file);
      let child: ChildProcess | undefined;
      const starting = startServerProcess({ DATA_DIR: own.folder }, (spawned) => {
        child = spawned;
        const timer = setInterval(() => {
          if (existsSync(seen) && spawned.kill('SIGTERM')) clearInterval(timer);
        }, 1);
        spawned.once('exit', () => clearInterval(timer));
      });
      // Whether it says that it is up depends on how far it has come; it ends in any case.
      const server = await starting.catch(() => null);
      const code = server === null ? 1 : await Promise.race([server.ended, sleep(60_000, 'it goes on', { ref: false })]);
      child?.kill('SIGKILL');
      expect([0, 1]).toContain(code);
    },
  );

  it('answers what it was asked, then ends', async () => {
    const running = await own.start({ DRAIN_SECONDS: '5' });
    const api = new ApiClient(running.url);
    const body = JSON.stringify(freshCredentials());
    const asking = connect(Number(new URL(running.url).port), '127.0.0.1');
    let answer = '';
    asking.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const head = `POST /api/v1/auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
    asking.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
    await api.request('/healthz');
    const exit = running.end('SIGTERM');
    await eventually('it drains', () => running.output().includes('draining'));
    // A connection that is kept is answered, for the last time; nobody new is let in.
    const kept = await api.request('/healthz');
    expect([kept.status, kept.headers.get('connection')]).toEqual([200, 'close']);
    await eventually('the listener is closed', () => isRefused(running.url));
    const closedAt = performance.now();
    asking.write(body.slice(10));
    expect(await exit).toBe(0);
    expect(answer).toMatch(/^HTTP\/1.1 201 /);
    // Not only because the time for draining, ten seconds, was over.
    expect(performance.now() - closedAt).toBeLessThan(9_000);
    expect(running.output()).toContain('tokenledger is down');
  });

  it('ends the server also when it is npm that gets it', async () => {
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    // It is built already: no script before it. A group of its own, so that nothing of it is left behind.
    const npm = spawn('npm', ['start', '--silent', '--ignore-scripts'], {
      cwd: root,
      env: { PATH: process.env.PATH, HOME: own.folder, DATA_DIR: own.folder, PORT: '0', OPERATIONS_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    let output = '';
    npm.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [ended, closed] = [once(npm, 'exit'), once(npm, 'close')];
    try {
      await eventually('it is up', () => output.includes('tokenledger is up'));
      npm.kill('SIGTERM');
      await ended;
      // A supervisor that waits for npm may assume that the server has ended.
      endGroup(npm.pid!);
      await closed;
      expect(output).toContain('tokenledger is down');
    } finally {
      endGroup(npm.pid!);
    }
    await (await own.start()).end('SIGTERM');
  });
});

describe('a SIGHUP', () => {
  it('that comes while it starts is noted, and carried out once it has', async () => {
    const seen = path.join(own.folder, 'keys.json');
    const server = await startServerProcess({ DATA_DIR: own.folder }, (spawned) => {
      const timer = setInterval(() => {
        if (existsSync(seen) && spawned.kill('SIGHUP')) clearInterval(timer);
      }, 1);
      spawned.once('exit', () => clearInterval(timer));
    });
    await eventually('the keys are reloaded', () => server.output().includes('keys reloaded'));
    expect(await server.end('SIGTERM')).toBe(0);
  });

  it('that comes while it waits for a store leaves it waiting', async () => {
    let said = '';
    let child: ChildProcess | undefined;
    const env = {
      ...{ DATA_DIR: own.folder, KEYS_FILE: await newKeysFile(own.folder) },
      EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false',
    };
    const starting = startServerProcess(env, (spawned) => {
      child = spawned;
      spawned.stdout?.on('data', (text: Buffer) => (said += text.toString()));
    });
    const ended = starting.catch((error: unknown) => String(error));
    await eventually('it waits', () => said.includes('"state":"waiting"'));
    child?.kill('SIGHUP');
    await eventually('it has noted that', () => said.includes('keys will be reloaded once the start is done'));
    expect([child?.exitCode, child?.signalCode]).toEqual([null, null]);
    child?.kill('SIGTERM');
    expect(await ended).toContain('it was asked to stop.');
    expect(child?.exitCode).toBe(1);
  });
});

describe('the process', () => {
  it('on SIGHUP takes rotated keys: new tokens by the new ones, old tokens still good', async () => {
    const { url, child } = await own.start();
    const api = new ApiClient(url);
    const pair = await api.signedIn(freshCredentials());
    const overlaps = { overlapMs: 60_000, accessOverlapMs: 60_000, mailOverlapMs: 60_000 };
    const rotation = { alg: 'EdDSA', delayMs: 0, ...overlaps } as const;
    await writeKeyFile(own.keysFile, await rotateKeys(await readKeyFile(own.keysFile), Date.now(), rotation));
    child.kill('SIGHUP');
    await eventually('the keys are reloaded', () => own.server.output().includes('keys reloaded'));
    const kidOf = (token: string): unknown =>
      (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
    const { status, body } = await api.refresh(pair.refresh_token);
    expect(status).toBe(200);
    expect(kidOf(body.refresh_token)).not.toBe(kidOf(pair.refresh_token));
    expect(kidOf(body.access_token)).not.toBe(kidOf(pair.access_token));
    for (const { access_token } of [pair, body]) expect((await api.get('me', access_token)).status).toBe(200);
    // A file that is not usable changes nothing.
    writeFileSync(own.keysFile, readFileSync(own.keysFile, 'utf8').slice(5), { mode: 0o600 });
    child.kill('SIGHUP');
    await eventually('the file is refused', () => own.server.output().includes('keys not reloaded'));
    expect((await api.refresh(body.refresh_token)).status).toBe(200);
  });

  it('S3: whose writer thread ends says so, answers no more, and exits with 1', async () => {
    const killer = new URL('../support/writer-thread-killer.js', import.meta.url).href;
    const running = await own.start({ NODE_OPTIONS: `--import ${killer}` });
    const api = new ApiClient(running.url);
    expect((await api.register(freshCredentials())).status).toBe(201);
    expect(await running.end('SIGUSR2')).toBe(1);
    const last = running
      .output()
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [(JSON.parse(line) as { msg: string }).msg] : []));
    expect(last).toEqual(expect.arrayContaining(['this process cannot go on', 'draining', 'tokenledger is down']));
    // What stands in the log is still there.
    const again = await own.start();
    expect((await new ApiClient(again.operationsUrl).request('/readyz')).status).toBe(200);
  });
});
