import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { ApiClient, type Pair } from '../support/api-client.js';
import { contentsOf, environmentOf, onServers } from '../support/every-back-end.js';
import { contentsThatHold } from '../support/files.js';
import { freshCredentials } from '../support/running-app.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const AGENT = 'Agent-of-this-test/7.3';
const DEVICE = 'Kitchen tablet of this test';
const NAME = 'Someone Particular';

/** Where the log, the read model and the users' keys are; on servers, the file behind the one and collections of the other. */
const STORES = onServers
  ? ['test.db', 'test.db-wal', 'sessions_1', 'user_keys']
  : ['tokenledger.db', 'tokenledger.db-wal', 'user-keys.db'];

const folder = temporaryFolder();
const secrets = new Map<string, string>();
let server: ServerProcess;

function remember(what: string, value: string): void {
  secrets.set(what, value);
}

function rememberPair(what: string, pair: Pair): void {
  for (const kind of ['access_token', 'refresh_token'] as const) {
    remember(`${what} ${kind}`, pair[kind]);
    // The signature alone is enough to use a token whose claims are known.
    remember(`${what} ${kind} signature`, pair[kind].split('.')[2]!);
  }
}

beforeAll(async () => {
  server = await startServerProcess({
    DATA_DIR: folder.path,
    ...(await environmentOf(folder.path)),
    LOG_LEVEL: 'trace',
    TRUST_PROXY: 'true',
  });
  const api = new ApiClient(server.url);
  const { email, password } = freshCredentials();
  const newPassword = `another ${password}`;
  const headers = { 'user-agent': AGENT, 'x-forwarded-for': '203.0.113.77' };
  remember('address', email);
  remember('address in capitals', email.toUpperCase());
  remember('password', password);
  remember('new password', newPassword);
  remember('agent', AGENT);
  remember('client address', '203.0.113.77');
  remember('device name', DEVICE);
  remember('name', NAME);
  remember('argon2 hash', '$argon2');

  await api.post('register', { email, password, name: NAME }, headers);
  await api.post('login', { email, password: `wrong ${password}` }, headers);
  const { body: first } = await api.post<Pair>('login', { email, password, device_name: DEVICE }, headers);
  rememberPair('first', first);
  const { body: second } = await api.post<Pair>('refresh', { refresh_token: first.refresh_token }, headers);
  rememberPair('second', second);
  await api.post('refresh', { refresh_token: first.refresh_token }, headers);
  const { body: third } = await api.post<Pair>('refresh', { refresh_token: second.refresh_token }, headers);
  rememberPair('third', third);
  const change = { current_password: password, new_password: newPassword };
  const changed = await api.post<Pair>('password/change', change, {
    ...headers,
    authorization: `Bearer ${third.access_token}`,
  });
  expect(changed.status).toBe(200);
  rememberPair('fourth', changed.body);
  const devices = await api.devices(changed.body.access_token, changed.headers.get('log-position'));
  // It is all there for the user: what is not found below was stored nonetheless.
  expect(devices[0]).toMatchObject({ ip: '203.0.113.77', user_agent: AGENT, device_name: DEVICE });
  await api.post('refresh', { refresh_token: first.refresh_token }, headers);
  await api.request(`/${third.refresh_token}?token=${third.access_token}`, { headers });
  await api.request('/api/v1/auth/login', { method: 'POST', body: `{"password":"${password}`, headers });
});
afterAll(async () => {
  await server.end('SIGKILL');
  folder.remove();
});

describe('G10: no secret at rest', () => {
  it('in no file of log, read model and keys, nor in their journals, while the server runs', async () => {
    // Mails, in a folder of their own, are delivered there instead of to a mailbox: they are for the user alone.
    const contents = await contentsOf(folder.path, { recursive: false });
    expect(contents.map(([name]) => name)).toEqual(expect.arrayContaining([...STORES]));
    expect(contentsThatHold(contents, Object.fromEntries(secrets))).toEqual([]);
  });

  it('nor in the process’s own log, at its most talkative', () => {
    const output = server.output();
    expect(output).toContain('/api/v1/auth/login');
    expect([...secrets].filter(([, value]) => output.includes(value)).map(([what]) => what)).toEqual([]);
  });

  it('the keys are in files of their own that nobody else can read', async () => {
    expect(statSync(path.join(folder.path, 'keys.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder.path).mode & 0o077).toBe(0);
    const file = JSON.parse(readFileSync(path.join(folder.path, 'keys.json'), 'utf8')) as Record<string, unknown>;
    const keys = [file.lookup, file.position, ...listed(file)].filter((key) => typeof key === 'string');
    expect(keys.length).toBeGreaterThan(6);
    const others = (await contentsOf(folder.path)).filter(([name]) => name !== 'keys.json');
    expect(others.map(([name]) => name)).toEqual(expect.arrayContaining([...STORES]));
    for (const key of keys)
      expect(contentsThatHold(others, { text: key, bytes: Buffer.from(key, 'base64url') })).toEqual([]);
  });
});

/** The secrets of the lists in a key file. */
function listed(file: Record<string, unknown>): (string | undefined)[] {
  const entries = Object.values(file).flat() as { secret?: string; jwk?: { d?: string } }[];
  return entries.map((entry) => entry.secret ?? entry.jwk?.d);
}
