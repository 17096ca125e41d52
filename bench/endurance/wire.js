/**
 * `npm run endurance:wire -- --minutes N`: the endurance run over servers, for a machine that has neither EventStoreDB nor MongoDB: the
 * servers of the tests speak their protocols. The one of events is killed (SIGKILL) and started again on its file; the one of
 * documents holds them in memory, so its connections are cut instead. Both take turns with the kills of tokenledger.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { newFolder, removeFolders } from '../lib/installation.js';
import { ALL_CORES, killAll, programOf, start } from '../lib/processes.js';
import { environmentOver, startDocuments, startEvents } from '../lib/test-stores.js';

const DOWN_MS = 1_000;

/** A process that is killed and started again on the same port. */
class Victim {
  #start;
  #running;
  port = 0;

  /** `start` starts it on a port, 0 for any, and resolves to it once it listens. */
  constructor(start) {
    this.#start = start;
  }

  async start() {
    this.#running = this.#start(this.port);
    this.port = (await this.#running).port;
  }

  /** One after another, however slow the machine is. */
  killAndStart() {
    this.#running = this.#running.then(async (running) => {
      await running.stop('SIGKILL');
      await sleep(DOWN_MS);
      return this.#start(this.port);
    });
  }
}

async function startForwarding(to, port) {
  const forwarding = start(programOf('endurance/forward.js'), { args: [to, port], core: ALL_CORES });
  const announced = await forwarding.nextLine();
  return { ...forwarding, port: announced.port };
}

const folder = newFolder('wire-stores');
const documents = startDocuments();
try {
  const events = new Victim((port) => startEvents({ folder, port, core: ALL_CORES }));
  const way = new Victim((port) => startForwarding(new URL(documents.url).port, port));
  await events.start();
  await way.start();
  process.on('SIGUSR2', () => events.killAndStart());
  process.on('SIGHUP', () => way.killAndStart());

  const stores = environmentOver({ folder, eventsPort: events.port, documentsUrl: `mongodb://127.0.0.1:${way.port}` });
  const disturbances = ['USR2', 'HUP'].flatMap((signal) => ['--disturb', `kill -${signal} ${process.pid}; sleep 2`]);
  const run = spawn(process.execPath, [programOf('endurance/run.js'), ...process.argv.slice(2), ...disturbances], {
    env: { ...process.env, ...stores },
    stdio: 'inherit',
  });
  process.exitCode = await new Promise((resolve) => run.once('exit', (code) => resolve(code ?? 1)));
} finally {
  killAll();
  documents.stop();
  removeFolders();
}
