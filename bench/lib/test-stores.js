/** What stands in for EventStoreDB and MongoDB where neither is installed: the servers of the tests, which speak the protocols of both. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { programOf, start } from './processes.js';

const START_MONGO = fileURLToPath(new URL('../../.ci/start-mongo-wire', import.meta.url));

/** Starts the server of documents, which holds them in memory. `stop` ends it. */
export function startDocuments() {
  const [url, pid] = execFileSync(START_MONGO, { encoding: 'utf8' }).trim().split('\n');
  return { url, stop: () => process.kill(Number(pid)) };
}

/** Starts the server of events on a folder and a port, 0 for any, on these processors. Resolves once it listens. */
export async function startEvents({ folder, port = 0, core }) {
  const server = start(programOf('servers/events.js'), { args: [folder, port], core });
  const announced = await server.nextLine();
  return { ...server, port: announced.port };
}

/** The environment of an installation over these stores, whose keys are made in the folder. */
export function environmentOver({ folder, eventsPort, documentsUrl }) {
  const stores = {
    EVENTSTORE_URL: `esdb://127.0.0.1:${eventsPort}?tls=false`,
    MONGODB_URL: documentsUrl,
    KEYS_FILE: path.join(folder, 'keys.json'),
  };
  const tool = programOf('../bin/tokenledger.js');
  execFileSync(process.execPath, [tool, 'keys', 'init'], { env: { ...process.env, ...stores }, stdio: 'ignore' });
  return stores;
}
