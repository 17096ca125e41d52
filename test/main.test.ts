/** The process as a whole: how it starts, refuses to start, takes signals and ends. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import Database from 'libsql';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readKeyFile, writeKeyFile } from '../src/security/key-file.js';
import { rotateKeys } from '../src/security/key-rotation.js';
import { ApiClient, type Credentials, type Pair } from './support/api-client.js';
import { eventually } from './support/eventually.js';
import { openInstallation } from './support/installation.js';
import { newKeysFile } from './support/new-keys.js';
import { freshCredentials } from './support/running-app.js';
import { runScript } from './support/script.js';
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

  it.each([
    [
      'KEYS_FILE',
      () => path.join(folder.path, 'none.json'),
      /no such file; correct the path, or .*`npx tokenledger keys init`/,
    ],
    ['KEYS_FILE', () => folder.path, /not a file; KEYS_FILE must name the key file/],
    ['ARCHIVE_DIR', () => '/dev/null/x', /is not a folder: name a folder/],
    ['SMTP_URL', () => 'smtp://a:99999', /must look like smtp:/],
  ])('exits with 2 and names %s and what to do when it cannot be used', async (name, value, advice) => {
    let child: ChildProcess | undefined;
    const starting = startServerProcess({ DATA_DIR: folder.path, [name]: value() }, (spawned) => (child = spawned));
    const said = String(await starting.catch((error: unknown) => error));
    expect(said).toMatch(new RegExp(`does not start: ${name} .*`));
    expect(said).toMatch(advice);
    expect(child?.exitCode).toBe(2);
  });

  it('refuses files that another process has open, and names it', async () => {
    const { child } = await start();
    await expect(startServerProcess({ DATA_DIR: folder.path })).rejects.toThrow(`in use by process ${child.pid ?? 0}`);
  });

  it('refuses to make new keys where there is data that needs the old ones', async () => {
    await (await start()).end('SIGTERM');
    rmSync(keysFile());
    await expect(start()).rejects.toThrow(/no such file, and the data beside it needs its keys: put them back/);
  });

  it('refuses keys that others can read, a damaged file, and a folder that is none', async () => {
    await (await start()).end('SIGTERM');
    chmodSync(keysFile(), 0o644);
    await expect(start()).rejects.toThrow('set its mode to 600');
    chmodSync(keysFile(), 0o600);
    writeFileSync(path.join(folder.path, 'tokenledger.db'), Buffer.alloc(8_192, 'x'));
    await expect(start()).rejects.toThrow('cannot open');
    await expect(start({ DATA_DIR: keysFile() })).rejects.toThrow(
      /does not start: DATA_DIR .* is not a folder: name a folder/,
    );
  });

  it('ends when it listens already and its operator file cannot be written', async () => {
    mkdirSync(path.join(folder.path, 'operator.json', 'x'), { recursive: true });
    let child: ChildProcess | undefined;
    const starting = startServerProcess({ DATA_DIR: folder.path }, (spawned) => (child = spawned));
    const outcome = starting.then(
      () => 'it is up',
      (error: unknown) => String(error),
    );
    const said = await Promise.race([outcome, sleep(8_000, 'it goes on')]);
    child?.kill('SIGKILL');
    expect(said).toContain('does not start');
  });

  it.each(['keys.json', 'tokenledger.db', 'user-keys.db'])(
    'obeys a SIGTERM that comes while it starts, at its first sight of %s',
    async (file) => {
      const seen = path.join(folder.path, file);
      const starting = startServerProcess({ DATA_DIR: folder.path }, (child) => {
        const timer = setInterval(() => {
          if (existsSync(seen) && child.kill('SIGTERM')) clearInterval(timer);
        }, 1);
        child.once('exit', () => clearInterval(timer));
      });
      // Whether it says that it is up depends on how far it has come; it ends in any case.
      server = await starting.catch(() => null);
      const code = server === null ? 1 : await Promise.race([server.ended, sleep(8_000, 'it goes on')]);
      expect([0, 1]).toContain(code);
    },
  );

  it('S3: whose writer thread ends says so, answers no more, and exits with 1', async () => {
    const killer = new URL('./support/writer-thread-killer.js', import.meta.url).href;
    const running = await start({ NODE_OPTIONS: `--import ${killer}` });
    const api = new ApiClient(running.url);
    expect((await api.register(freshCredentials())).status).toBe(201);
    expect(await running.end('SIGUSR2')).toBe(1);
    const last = running
      .output()
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [(JSON.parse(line) as { msg: string }).msg] : []));
    expect(last).toEqual(expect.arrayContaining(['this process cannot go on', 'draining', 'tokenledger is down']));
    // What stands in the log is still there.
    const again = await start();
    expect((await new ApiClient(again.operationsUrl).request('/readyz')).status).toBe(200);
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
    await eventually('it drains', () => running.output().includes('draining'));
    // A connection that is kept is answered, for the last time; nobody new is let in.
    const kept = await api.request('/healthz');
    expect([kept.status, kept.headers.get('connection')]).toEqual([200, 'close']);
    await eventually('the listener is closed', () => isRefused(running.url));
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
      await eventually('it is up', () => output.includes('tokenledger is up'));
      npm.kill('SIGTERM');
      await ended;
      // A supervisor that waits for npm may assume that the server has ended.
      await sleep(50);
      expect(output).toContain('tokenledger is down');
    } finally {
      endGroup(npm.pid!);
    }
    await (await start()).end('SIGTERM');
  });

  it('keeps everything over a restart: sessions, devices, keys, and its issuer whatever the port', async () => {
    const first = await start();
    const pair = await new ApiClient(first.url).signedIn(freshCredentials());
    await first.end('SIGTERM');
    const second = await start();
    expect(second.url).not.toBe(first.url);
    const api = new ApiClient(second.url);
    expect((await api.get('me', pair.access_token)).status).toBe(200);
    const refreshed = await api.refresh(pair.refresh_token);
    expect(refreshed.status).toBe(200);
    expect(decodeJwt(refreshed.body.access_token).iss).toBe(decodeJwt(pair.access_token).iss);
    expect(await api.devices(refreshed.body.access_token)).toHaveLength(1);
    await second.end('SIGTERM');
    const renamed = new ApiClient((await start({ ISSUER: 'https://auth.example.com' })).url);
    expect((await renamed.get('me', refreshed.body.access_token)).status).toBe(200);
    const again = await renamed.refresh(refreshed.body.refresh_token);
    expect(again.status).toBe(200);
    expect(decodeJwt(again.body.access_token).iss).toBe('https://auth.example.com');
    await server?.end('SIGTERM');
    // Each former issuer's token is good, not only that of the first and of the last one.
    const moved = new ApiClient((await start({ ISSUER: 'https://login.example.com' })).url);
    for (const { access_token } of [refreshed.body, again.body])
      expect((await moved.get('me', access_token)).status).toBe(200);
  });

  it('on SIGHUP takes rotated keys: new tokens by the new ones, old tokens still good', async () => {
    const { url, child } = await start();
    const api = new ApiClient(url);
    const pair = await api.signedIn(freshCredentials());
    const overlaps = { overlapMs: 60_000, accessOverlapMs: 60_000, mailOverlapMs: 60_000 };
    const rotation = { alg: 'EdDSA', delayMs: 0, ...overlaps } as const;
    await writeKeyFile(keysFile(), await rotateKeys(await readKeyFile(keysFile()), Date.now(), rotation));
    child.kill('SIGHUP');
    await eventually('the keys are reloaded', () => server?.output().includes('keys reloaded') === true);
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
    await eventually('the file is refused', () => server?.output().includes('keys not reloaded') === true);
    expect((await api.refresh(body.refresh_token)).status).toBe(200);
  });

  /** Signs somebody in, stops, puts an event of somebody else into each of these streams, and starts again. */
  async function startWithForeign(streams: Readonly<Record<string, string>>): Promise<Pair> {
    const first = await start();
    const pair = await new ApiClient(first.url).signedIn(freshCredentials());
    await first.end('SIGTERM');
    const installation = await openInstallation(folder.path);
    for (const [stream, id] of Object.entries(streams)) await installation.appendUnknownEvent(stream, id);
    await installation.close();
    await start();
    return pair;
  }

  it('turns unready, naming the event, when one of somebody else stands in a stream of ours; refreshing goes on', async () => {
    const [stream, id] = [`tokenledger_user-${randomUUID()}`, randomUUID()];
    const pair = await startWithForeign({ [stream]: id });
    const operations = new ApiClient(server!.operationsUrl);
    await eventually('it is unready', async () => (await operations.request('/readyz')).status === 503);
    expect((await operations.request('/readyz')).body).toMatchObject({
      status: 'not_ready',
      projection: { state: 'failed', failure: { event_id: id, stream, reason: expect.any(String) } },
      refused_events: [{ event_id: id, stream, kind: 'altered' }],
    });
    expect(server!.output()).toContain(`"event":"event_refused","kind":"altered","event_id":"${id}","stream":"${stream}"`);
    const api = new ApiClient(server!.url);
    expect((await api.request('/healthz')).status).toBe(200);
    expect((await api.refresh(pair.refresh_token)).status).toBe(200);

    // An operator leaves it out: the projector goes on by itself.
    const env = { DATA_DIR: folder.path };
    expect((await runScript('log', env, 'disown', stream, '0', '--yes')).code).toBe(0);
    await eventually('it is ready', async () => (await operations.request('/readyz')).status === 200);
    expect((await operations.request('/readyz')).body).not.toHaveProperty('refused_events');
  });

  it('does not start past one in the log’s own stream, and says what to do; once it is left out, it does', async () => {
    const first = await start();
    const pair = await new ApiClient(first.url).signedIn(freshCredentials());
    await first.end('SIGTERM');
    const installation = await openInstallation(folder.path);
    const id = randomUUID();
    await installation.appendUnknownEvent('tokenledger_log', id, 0);
    await installation.close();
    const started = start();
    await expect(started).rejects.toThrow(`does not start: altered: event ${id} `);
    await expect(started).rejects.toThrow(
      '`npx tokenledger log disown tokenledger_log 1 --yes`; if not, restore a backup.',
    );
    const env = { DATA_DIR: folder.path };
    expect((await runScript('log', env, 'disown', 'tokenledger_log', '1', '--yes')).code).toBe(0);
    const { code, stdout } = await runScript('audit', env, 'verify', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { disowned: 1, findings: [] }]);
    const { url, operationsUrl } = await start();
    expect((await new ApiClient(url).refresh(pair.refresh_token)).status).toBe(200);
    const operations = new ApiClient(operationsUrl);
    await eventually('it is ready', async () => (await operations.request('/readyz')).status === 200);
    // Five processes, one after the other.
  }, 120_000);

  it('S1: skips what stands in streams that only look like ours, says so, counts it, and stays ready', async () => {
    const streams = [
      'user-42',
      `user-${randomUUID()}`,
      'tokenledger_user-42',
      'tokenledger_token-1.2',
      'tokenledger_other',
    ];
    const pair = await startWithForeign(Object.fromEntries(streams.map((stream) => [stream, randomUUID()])));
    const api = new ApiClient(server!.url);
    const refreshed = await api.refresh(pair.refresh_token);
    expect(await api.devices(refreshed.body.access_token, refreshed.headers.get('log-position'))).toHaveLength(1);
    const operations = new ApiClient(server!.operationsUrl);
    const ready = await operations.request('/readyz');
    expect([ready.status, ready.body]).toMatchObject([200, { status: 'ready', projection: { state: 'running' } }]);
    const { text } = await operations.request('/metrics');
    expect(text).toMatch(/^tokenledger_events_skipped_total\{reason="foreign"\} [1-9]\d*$/m);
    expect(text).toContain('tokenledger_events_skipped_total{reason="disowned"} 0\n');
    // In a shared store the streams of other programs are nothing to speak of, unless they look like ours.
    for (const stream of streams)
      expect([stream, server!.output().includes(`"stream":"${stream}"`)]).toEqual([
        stream,
        stream.startsWith('tokenledger_'),
      ]);
  });

  it('S6: is not ready while its read model was never seen, and says at once that it waits', async () => {
    const { operationsUrl } = await start({
      MONGODB_URL: 'mongodb://127.0.0.1:1/tokenledger',
      KEYS_FILE: await newKeysFile(folder.path),
    });
    const operations = new ApiClient(operationsUrl);
    await eventually('it says so', () => server!.output().includes('"state":"waiting"'), { withinMs: 10_000 });
    const ready = await operations.request('/readyz');
    expect([ready.status, ready.body]).toMatchObject([503, { status: 'not_ready', read_model: 'down' }]);
    expect(ready.body).not.toMatchObject({ projection: { state: 'running' } });
  });

  it('S9: writes nothing while nobody asks for anything', async () => {
    const { url } = await start();
    const api = new ApiClient(url);
    const { headers, body } = await api.login(await registered(api));
    await api.devices(body.access_token, headers.get('log-position'));
    const files = ['tokenledger.db', 'user-keys.db'].map((name) => new Database(path.join(folder.path, name)));
    const commits = (): unknown[] => files.map((file) => file.prepare('PRAGMA data_version').raw().get());
    // The high-water mark is written within a second.
    await sleep(1_500);
    const before = commits();
    await sleep(3_000);
    expect(commits()).toEqual(before);
    // Otherwise nothing was measured.
    expect((await api.refresh(body.refresh_token)).status).toBe(200);
    expect(commits()).not.toEqual(before);
    for (const file of files) file.close();
  });
});

async function registered(api: ApiClient): Promise<Credentials> {
  const credentials = freshCredentials();
  expect((await api.register(credentials)).status).toBe(201);
  return credentials;
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
