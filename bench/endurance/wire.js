/**
 * `npm run endurance:wire -- --minutes N`: the endurance run over servers, for a machine that has neither EventStoreDB nor MongoDB: the
 * servers of the tests speak their protocols. The one of events is killed (SIGKILL) and started again on its file; the one of
 * documents holds them in memory, so its connections are cut instead. Both take turns with the kills of tokenledger.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_CORES } from '../lib/processes.js';
import { runOver, startEvents, startListening, withDocuments } from '../lib/test-stores.js';

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

process.exitCode = await withDocuments(async ({ folder, documentsPort }) => {
  const events = new Victim((port) => startEvents({ folder, port, core: ALL_CORES }));
  const way = new Victim((port) =>
    startListening('endurance/forward.js', { args: [documentsPort, port], core: ALL_CORES }),
  );
  await events.start();
  await way.start();
  process.on('SIGUSR2', () => events.killAndStart());
  process.on('SIGHUP', () => way.killAndStart());
  const disturbances = ['USR2', 'HUP'].flatMap((signal) => ['--disturb', `kill -${signal} ${process.pid}; sleep 2`]);
  const stores = { folder, eventsPort: events.port, documentsPort: way.port };
  return runOver(stores, 'endurance/run.js', [...process.argv.slice(2), ...disturbances]);
});
