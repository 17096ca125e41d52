import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ALL_CORES } from '../lib/processes.js';
import { startOurs } from '../lib/installation.js';

const FIRST_KILL_MS = 2_000;
const LONGEST_PAUSE_MS = 10_000;
const SETTLE_MS = 120_000;
const LOOK_EVERY_MS = 500;
/** Pino's `warn`: what a service that is gone is explained by. */
const WARN_LEVEL = 40;
/** Pino's `error`: a fault of the server, or what only an operator can help with. */
const ERROR_LEVEL = 50;
const KEPT_LINES = 40;
const run = promisify(execFile);

/** A server that is killed at random moments (SIGKILL) and started again at once on the same port. */
export class VictimServer {
  #folder;
  #env;
  #disturbances;
  #server = null;
  kills = 0;
  disturbed = 0;
  /** What the process's log says of faults. */
  errors = [];
  /** The last of what it says that is not usual. */
  lastWords = [];
  origin = '';

  /** `disturbances` are shell commands that kill a store and start it again; each takes its turn with the server. */
  constructor(folder, env, disturbances = []) {
    this.#folder = folder;
    this.#env = env;
    this.#disturbances = disturbances;
  }

  async start() {
    const port = this.origin === '' ? {} : { PORT: new URL(this.origin).port };
    this.#server = await startOurs(this.#folder, { core: ALL_CORES, env: { ...this.#env, ...port } });
    this.origin = this.#server.origin;
    void this.#readLog(this.#server);
  }

  /** Kills until the time (`performance.now()`), at random moments. */
  async killUntil(end) {
    for (;;) {
      const pause = FIRST_KILL_MS + Math.random() * LONGEST_PAUSE_MS;
      if (performance.now() + pause > end) return;
      await sleep(pause);
      const which = Math.floor(Math.random() * (1 + this.#disturbances.length));
      if (which === 0) {
        await this.#server.stop('SIGKILL');
        this.kills += 1;
        await this.start();
      } else {
        await run('sh', ['-c', this.#disturbances[which - 1]]);
        this.disturbed += 1;
      }
    }
  }

  /** Resolves to whether the processors have come to the end of the log, which nobody writes to any more, within two minutes. */
  async settles() {
    for (const end = performance.now() + SETTLE_MS; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
      const { eraser, projection } = await (await fetch(`${this.#server.operations}/readyz`)).json();
      const states = [eraser?.state, projection?.state];
      if (states.every((state) => state === 'running') && eraser.checkpoint === projection.checkpoint) return true;
    }
    return false;
  }

  stop() {
    return this.#server.stop();
  }

  async #readLog(server) {
    try {
      for (;;) {
        const line = await server.nextLine();
        if (line.level >= ERROR_LEVEL) this.errors.push(JSON.stringify(line));
        if (line.level >= WARN_LEVEL) this.lastWords = [...this.lastWords, JSON.stringify(line)].slice(-KEPT_LINES);
      }
    } catch {
      // It has ended.
    }
  }
}
