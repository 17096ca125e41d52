import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_CORES, programOf, SERVER_CORE, start } from './processes.js';

const SETTLE_MS = 300_000;
const SETTLE_LOOK_MS = 2_000;
// Timers and metrics take less than this share of a processor.
const SETTLED_SHARE = 0.05;
const PASSWORD = 'a long password for the bench';
/** What `npm start` preloads: the size of libuv's pool of threads, and their priority. */
const AS_NPM_START = ['--require', programOf('../bin/thread-pool.cjs')];
const folders = [];

/** The environment of every server and every seeding. Limits are not what is measured. */
const ENVIRONMENT = {
  LIMIT_ROTATIONS_PER_HOUR: '0',
  LIMIT_MUTATIONS_PER_HOUR: '1000000',
  MAX_SESSIONS_PER_USER: '100000',
  RATE_LIMIT_EXEMPT: '127.0.0.1',
  LOG_LEVEL: 'info',
  PORT: '0',
  OPERATIONS_PORT: '0',
};

/** A new data folder that is removed at the end. */
export function newFolder(name) {
  const folder = mkdtempSync(path.join(tmpdir(), `bench-${name}-`));
  folders.push(folder);
  return folder;
}

export function removeFolders() {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** Fills a data folder without a server, by appending to the log directly; see seeding/seed.js for what can be ordered. */
export function seeded(folder, ...orders) {
  return seededIn(environmentOf(folder), ...orders);
}

/** The same for an installation of any environment. */
export async function seededIn(env, ...orders) {
  const seeding = start(programOf('seeding/seed.js'), { core: ALL_CORES, env });
  const results = [];
  for (const order of orders) results.push(await seeding.ask(order));
  await seeding.stop();
  return results;
}

/** Starts a server of tokenledger on a data folder. Its `origin` is where it listens, `operations` where it shows its metrics. */
export async function startOurs(folder, { core = SERVER_CORE, env = {}, nodeArgs = [] } = {}) {
  const begin = performance.now();
  const server = start(programOf('../dist/src/main.js'), {
    core,
    env: { ...environmentOf(folder), ...env },
    nodeArgs: [...AS_NPM_START, ...nodeArgs],
  });
  for (;;) {
    const line = await server.nextLine();
    if (line.url === undefined) continue;
    const secondsToStart = (performance.now() - begin) / 1000;
    return { ...server, folder, origin: line.url, operations: line.operations_url, secondsToStart };
  }
}

/**
 * Has a server do, over a seeded log, what one that wrote the log has done long since: the read model and the tree of the notes come to
 * the end. It is done once it takes next to no processor time.
 */
export async function settled(folder) {
  // Otherwise the notes would be due in the middle of what is measured.
  const server = await startOurs(folder, { core: ALL_CORES, env: { SEAL_EVERY_SECONDS: '1' } });
  for (const end = performance.now() + SETTLE_MS; performance.now() < end;) {
    const before = server.cpuSeconds();
    await sleep(SETTLE_LOOK_MS);
    if (server.cpuSeconds() - before < (SETTLE_LOOK_MS / 1000) * SETTLED_SHARE) return server.stop();
  }
  throw new Error('the server does not come to rest');
}

/** Where and how a refresh token of tokenledger is presented. */
export function refreshTarget({ origin }, headers = {}) {
  return { origin, path: '/api/v1/auth/refresh', type: 'application/json', headers };
}

/** Registers a user through the interface; resolves to the body of a sign-in. */
export async function registered({ origin }, email) {
  const credentials = { email, password: PASSWORD };
  await post(`${origin}/api/v1/auth/register`, credentials);
  return credentials;
}

/** Signs in `times` times, each on a new device; resolves to the token pairs. */
export async function signedIn({ origin }, credentials, times) {
  const pairs = [];
  for (let count = 0; count < times; count += 1) pairs.push(await post(`${origin}/api/v1/auth/login`, credentials));
  return pairs;
}

/** Posts JSON; rejects for any answer that is not 2xx. */
export async function post(url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}

/** The environment of a process that works on a data folder. */
export function environmentOf(folder) {
  return { ...ENVIRONMENT, DATA_DIR: folder };
}
