/** What stands in for EventStoreDB and MongoDB where neither is installed: the servers of the tests, which speak the protocols of both. */
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { newFolder, removeFolders } from './installation.js';
import { killAll, programOf, start } from './processes.js';

const START_MONGO = fileURLToPath(new URL('../../.ci/start-mongo-wire', import.meta.url));

/**
 * Does something with a folder and with the port of the server of documents, which holds them in memory; then ends all that was started
 * and removes the folder.
 */
export async function withDocuments(use) {
  const folder = newFolder('wire-stores');
  const [url, pid] = execFileSync(START_MONGO, { encoding: 'utf8' }).trim().split('\n');
  try {
    return await use({ folder, documentsPort: Number(new URL(url).port) });
  } finally {
    killAll();
    process.kill(Number(pid));
    removeFolders();
  }
}

/** Starts a program that says its port once it listens. Resolves to it then. */
export async function startListening(name, { args, core }) {
  const server = start(programOf(name), { args, core });
  const { port } = await server.nextLine();
  return { ...server, port };
}

/** Starts the server of events on a folder and a port, 0 for any, on these processors. */
export function startEvents({ folder, port = 0, core }) {
  return startListening('servers/events.js', { args: [folder, port], core });
}

/** Runs a program over these stores, with keys of its own, which are made in the folder. Resolves to the code it ends with. */
export async function runOver({ folder, eventsPort, documentsPort }, name, args) {
  const stores = {
    EVENTSTORE_URL: `esdb://127.0.0.1:${eventsPort}?tls=false`,
    MONGODB_URL: `mongodb://127.0.0.1:${documentsPort}`,
    KEYS_FILE: path.join(folder, 'keys.json'),
  };
  const env = { ...process.env, ...stores };
  execFileSync(process.execPath, [programOf('../bin/tokenledger.js'), 'keys', 'init'], { env, stdio: 'ignore' });
  const run = spawn(process.execPath, [programOf(name), ...args], { env, stdio: 'inherit' });
  return new Promise((resolve) => run.once('exit', (code) => resolve(code ?? 1)));
}
