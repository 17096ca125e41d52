/** How the process starts, and what it refuses to start with. */
import { describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { newKeysFile } from '../support/new-keys.js';
import { ownServer } from '../support/own-server.js';
import { runScript } from '../support/script.js';
import { startServerProcess } from '../support/server-process.js';

const own = ownServer();

describe('the process', () => {
  it('says what is wrong with its configuration, and exits with 2', async () => {
    await expect(own.start({ SESSION_MAX_DAYS: 'many' })).rejects.toThrow('SESSION_MAX_DAYS must be a number');
  });

  it.each([
    [
      'KEYS_FILE',
      () => path.join(own.folder, 'none.json'),
      /no such file; correct the path, or .*`npx tokenledger keys init`/,
    ],
    ['KEYS_FILE', () => own.folder, /not a file; KEYS_FILE must name the key file/],
    ['ARCHIVE_DIR', () => '/dev/null/x', /is not a folder: name a folder/],
    ['SMTP_URL', () => 'smtp://a:99999', /must look like smtp:/],
  ])('exits with 2 and names %s and what to do when it cannot be used', async (name, value, advice) => {
    let child: ChildProcess | undefined;
    const starting = startServerProcess({ DATA_DIR: own.folder, [name]: value() }, (spawned) => (child = spawned));
    const said = String(await starting.catch((error: unknown) => error));
    expect(said).toMatch(new RegExp(`does not start: ${name} .*`));
    expect(said).toMatch(advice);
    expect(child?.exitCode).toBe(2);
  });

  it.each([
    ['MONGODB_URL', 'mongodb://127.0.0.1:x', /host:port/],
    ['MONGODB_URL', 'mongodb://127.0.0.1:1/?tls=maybe', /tls\/ssl must be either "true" or "false"/],
    ['EVENTSTORE_URL', 'esdb://127.0.0.1:1?tls=maybe', /tls must be true or false/],
    ['EVENTSTORE_URL', 'esdb://127.0.0.1:1?tlsCAFile=/nope', /Failed to load certificate file/],
  ])('exits with 2, as the tool does, and names %s that is %s, itself or in a file', async (name, url, advice) => {
    const KEYS_FILE = await newKeysFile(own.folder);
    const file = path.join(own.folder, 'url');
    writeFileSync(file, `${url}\n`);
    for (const given of [{ [name]: url }, { [`${name}_FILE`]: file }]) {
      const env = { DATA_DIR: own.folder, KEYS_FILE, ...given };
      let child: ChildProcess | undefined;
      const said = String(await startServerProcess(env, (spawned) => (child = spawned)).catch((error: unknown) => error));
      expect(said).toMatch(new RegExp(`does not start: ${name} .*`));
      expect(said).toMatch(advice);
      expect(child?.exitCode).toBe(2);
    }
    const { code, output } = await runScript('users', { DATA_DIR: own.folder, KEYS_FILE, [name]: url }, 'list');
    expect(output).toMatch(new RegExp(`^${name} .*`));
    expect(output).toMatch(advice);
    expect(code).toBe(2);
  });

  it('refuses files that another process has open, and names it', async () => {
    const { child } = await own.start();
    await expect(startServerProcess({ DATA_DIR: own.folder })).rejects.toThrow(`in use by process ${child.pid ?? 0}`);
  });

  it('refuses to make new keys where there is data that needs the old ones', async () => {
    await (await own.start()).end('SIGTERM');
    rmSync(own.keysFile);
    await expect(own.start()).rejects.toThrow(/no such file, and the data beside it needs its keys: put them back/);
  });

  it('refuses keys that others can read, a damaged file, and a folder that is none', async () => {
    await (await own.start()).end('SIGTERM');
    chmodSync(own.keysFile, 0o644);
    await expect(own.start()).rejects.toThrow('set its mode to 600');
    chmodSync(own.keysFile, 0o600);
    writeFileSync(path.join(own.folder, 'tokenledger.db'), Buffer.alloc(8_192, 'x'));
    await expect(own.start()).rejects.toThrow('cannot open');
    await expect(own.start({ DATA_DIR: own.keysFile })).rejects.toThrow(
      /does not start: DATA_DIR .* is not a folder: name a folder/,
    );
  });

  it('ends when it listens already and its operator file cannot be written', async () => {
    mkdirSync(path.join(own.folder, 'operator.json', 'x'), { recursive: true });
    let child: ChildProcess | undefined;
    const starting = startServerProcess({ DATA_DIR: own.folder }, (spawned) => (child = spawned));
    const outcome = starting.then(
      () => 'it is up',
      (error: unknown) => String(error),
    );
    const said = await Promise.race([outcome, sleep(60_000, 'it goes on', { ref: false })]);
    child?.kill('SIGKILL');
    expect(said).toContain('does not start');
  });

  it('S6: is not ready while its read model was never seen, and says at once that it waits', async () => {
    const { operationsUrl } = await own.start({
      MONGODB_URL: 'mongodb://127.0.0.1:1/tokenledger',
      KEYS_FILE: await newKeysFile(own.folder),
    });
    const operations = new ApiClient(operationsUrl);
    await eventually('it says so', () => own.server.output().includes('"state":"waiting"'));
    const ready = await operations.request('/readyz');
    expect([ready.status, ready.body]).toMatchObject([503, { status: 'not_ready', read_model: 'down' }]);
    expect(ready.body).not.toMatchObject({ projection: { state: 'running' } });
  });
});
