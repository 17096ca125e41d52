import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ALL_CORES } from '../lib/processes.js';
import { startOurs } from '../lib/installation.js';

const FIRST_KILL_MS = 2_000;
const LONGEST_PAUSE_MS = 10_000;
const run = promisify(execFile);

/** A server that is killed at random moments (SIGKILL) and started again at once on the same port. */
export class VictimServer {
  #folder;
  #env;
  #disturbances;
  #server = null;
  kills = 0;
  disturbed = 0;
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

  stop() {
    return this.#server.stop();
  }
}
