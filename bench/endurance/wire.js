/**
 * `npm run endurance:wire -- --minutes N`: the endurance run over servers, for a machine that has neither EventStoreDB nor MongoDB: the
 * servers of the tests speak their protocols. The one of events is killed (SIGKILL) and started again on its file; the one of
 * documents holds them in memory, so its connections are cut instead. Both take turns with the kills of tokenledger.
 */
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { newFolder, removeFolders } from '../lib/installation.js';
import { ALL_CORES, killAll, programOf, start } from '../lib/processes.js';

const DOWN_MS = 1_000;

/** A process that is killed and started again with the same port. */
class Victim {
  #program;
  #args;
  #running = null;
  port = 0;

  constructor(program, ...args) {
    this.#program = programOf(program);
    this.#args = args;
  }

  async start() {
    this.#running = start(this.#program, { args: [...this.#args, this.port], core: ALL_CORES });
    ({ port: this.port } = await this.#running.nextLine());
  }

  async killAndStart() {
    await this.#running.stop('SIGKILL');
    setTimeout(() => void this.start(), DOWN_MS);
  }
}

const folder = newFolder('wire-stores');
const startMongo = fileURLToPath(new URL('../../.ci/start-mongo-wire', import.meta.url));
const [mongoUrl, mongoPid] = execFileSync(startMongo, { encoding: 'utf8' }).trim().split('\n');
try {
  const events = new Victim('endurance/serve-events.js', folder);
  const documents = new Victim('endurance/forward.js', new URL(mongoUrl).port);
  await events.start();
  await documents.start();
  process.on('SIGUSR2', () => void events.killAndStart());
  process.on('SIGHUP', () => void documents.killAndStart());

  const stores = {
    EVENTSTORE_URL: `esdb://127.0.0.1:${events.port}?tls=false`,
    MONGODB_URL: `mongodb://127.0.0.1:${documents.port}`,
    KEYS_FILE: path.join(folder, 'keys.json'),
  };
  const disturbances = ['USR2', 'HUP'].flatMap((signal) => ['--disturb', `kill -${signal} ${process.pid}; sleep 2`]);
  const tool = programOf('../bin/tokenledger.js');
  execFileSync(process.execPath, [tool, 'keys', 'init'], { env: { ...process.env, ...stores }, stdio: 'ignore' });
  const run = spawn(process.execPath, [programOf('endurance/run.js'), ...process.argv.slice(2), ...disturbances], {
    env: { ...process.env, ...stores },
    stdio: 'inherit',
  });
  process.exitCode = await new Promise((resolve) => run.once('exit', (code) => resolve(code ?? 1)));
} finally {
  killAll();
  process.kill(Number(mongoPid));
  removeFolders();
}
