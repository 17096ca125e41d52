import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { runScript } from '../support/script.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder: ReturnType<typeof temporaryFolder>;
let running: ServerProcess[];
beforeEach(() => {
  folder = temporaryFolder();
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.end('SIGKILL');
  folder.remove();
});

const inFolder = (name: string): string => path.join(folder.path, name);
const start = async (dataDir: string): Promise<ServerProcess> => {
  const server = await startServerProcess({ DATA_DIR: dataDir });
  running.push(server);
  return server;
};
const tool = (dataDir: string, ...[name = '', ...args]: readonly string[]): ReturnType<typeof runScript> =>
  runScript(name, { DATA_DIR: dataDir }, ...args);

async function post(server: ServerProcess, name: string, body: object): Promise<{ status: number; body: Pair }> {
  const response = await fetch(`${server.url}/api/v1/auth/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Pair };
}
interface Pair {
  readonly refresh_token: string;
}
const ADA = { email: 'ada@example.com', password: 'violet harbor lantern' };

describe('the tool beside a running server', () => {
  it('rebuilds, rotates keys and refuses to mark its log as restored', async () => {
    const data = inFolder('data');
    const server = await start(data);
    expect((await post(server, 'register', ADA)).status).toBe(201);
    const checked = await tool(data, 'rebuild', '--check', '--json');
    expect(checked.code).toBe(0);
    expect(JSON.parse(checked.stdout)).toMatchObject({ differences: 0 });
    const rotated = await tool(data, 'keys', 'rotate', '--now', '--overlap-days', '0');
    expect(rotated.code).toBe(0);
    const signed = await post(server, 'login', ADA);
    const kid = (JSON.parse(atob(signed.body.refresh_token.split('.')[0]!)) as { kid: string }).kid;
    expect(rotated.stdout).toMatch(new RegExp(`^${kid} +refresh .* signs$`, 'm'));
    const marked = await tool(data, 'log', 'restored', '--yes');
    expect(marked).toMatchObject({ code: 1, output: expect.stringContaining('a server is running') });
    await server.end('SIGTERM');
    expect(existsSync(path.join(data, 'operator.json'))).toBe(false);
  });

  it('does nothing where the server has the folder and cannot be found', async () => {
    const data = inFolder('data');
    const server = await start(data);
    const file = path.join(data, 'operator.json');
    // As a tool puts a file back: another one takes its place.
    cpSync(file, `${file}.restored`);
    renameSync(`${file}.restored`, file);
    for (const args of [
      ['keys', 'rotate', '--now'],
      ['users', 'list'],
    ])
      expect(await tool(data, ...args)).toMatchObject({ code: 1, output: expect.stringContaining('TOKENLEDGER_URL') });
    const keys = readFileSync(path.join(data, 'keys.json'), 'utf8');
    await server.end('SIGKILL');
    expect((await tool(data, 'users', 'list')).code).toBe(0);
    expect(readFileSync(path.join(data, 'keys.json'), 'utf8')).toBe(keys);
  });

  it('leaves the server alone where it is asked about a copy of the folder', async () => {
    const [data, copy] = [inFolder('data'), inFolder('copy')];
    const server = await start(data);
    await post(server, 'register', ADA);
    expect((await tool(data, 'rebuild', '--check')).code).toBe(0);
    cpSync(data, copy, { recursive: true });
    expect((await tool(copy, 'users', 'erase', ADA.email, '--yes')).code).toBe(0);
    expect((await post(server, 'login', ADA)).status).toBe(200);
    expect((await tool(data, 'users', 'show', ADA.email)).code).toBe(0);
    expect(await tool(copy, 'users', 'show', ADA.email)).toMatchObject({ code: 1 });
  });

  it('rebuilds once at a time, and says so', async () => {
    const data = inFolder('data');
    const server = await start(data);
    await post(server, 'register', ADA);
    const rebuilds = await Promise.all(Array.from({ length: 4 }, () => tool(data, 'rebuild')));
    expect(rebuilds.some(({ code }) => code === 0)).toBe(true);
    for (const { code, output } of rebuilds)
      if (code !== 0) expect([code, output.trim()]).toEqual([1, 'a rebuild is under way in this process already']);
    await server.end('SIGTERM');
  });

  it('backs up; what is restored accepts no token of the lost part, and those of before', async () => {
    const data = inFolder('data');
    const server = await start(data);
    await post(server, 'register', ADA);
    const kept = await post(server, 'login', ADA);
    const backup = await tool(data, 'backup', inFolder('backup'));
    expect(backup.code).toBe(0);
    const lost = await post(server, 'login', ADA);
    expect(lost.status).toBe(200);
    await server.end('SIGTERM');

    const restored = await tool(inFolder('restored'), 'restore', inFolder('backup'), '--json');
    expect(restored.code).toBe(0);
    expect(JSON.parse(restored.stdout)).toMatchObject({ history_id: expect.any(String), keys_restored: true });
    expect(readdirSync(inFolder('restored'))).toEqual(
      expect.arrayContaining(['keys.json', 'tokenledger.db', 'user-keys.db']),
    );
    const second = await start(inFolder('restored'));
    const refresh = async ({ body }: { body: Pair }): Promise<number> =>
      (await post(second, 'refresh', { refresh_token: body.refresh_token })).status;
    expect([await refresh(lost), await refresh(kept)]).toEqual([401, 200]);
    expect((await tool(inFolder('restored'), 'rebuild', '--check')).code).toBe(0);
  });

  it('signs everybody out where the log was restored and that was asked for', async () => {
    const data = inFolder('data');
    const server = await start(data);
    await post(server, 'register', ADA);
    const before = await post(server, 'login', ADA);
    await server.end('SIGTERM');
    const unconfirmed = await tool(data, 'log', 'restored', '--sign-out-all');
    expect(unconfirmed).toMatchObject({ code: 2, output: expect.stringContaining('Confirm with --yes.') });
    expect((await tool(data, 'log', 'restored', '--yes', '--sign-out-all')).code).toBe(0);
    const second = await start(data);
    expect((await post(second, 'refresh', { refresh_token: before.body.refresh_token })).status).toBe(401);
    expect((await post(second, 'login', ADA)).status).toBe(200);
  });
});
