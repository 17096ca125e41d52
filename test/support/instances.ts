import { ApiClient } from './api-client.js';
import { newKeysFile } from './new-keys.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

/** One of several processes over the same servers. */
export interface Instance {
  readonly api: ApiClient;
  readonly operations: ApiClient;
  readonly server: ServerProcess;
}

/** Several processes of one installation: the same servers, keys and issuer. */
export class Instances {
  readonly #env: Readonly<Record<string, string>>;
  /** From 0 to 1. */
  readonly random: () => number;
  #running: Instance[] = [];

  private constructor(env: Readonly<Record<string, string>>, random: () => number) {
    this.#env = env;
    this.random = random;
  }

  static async start(
    howMany: number,
    { folder, env, random }: { folder: string; env: Readonly<Record<string, string>>; random: () => number },
  ): Promise<Instances> {
    const own = { DATA_DIR: folder, KEYS_FILE: await newKeysFile(folder), ISSUER: 'http://instances.test', ...env };
    const instances = new Instances(own, random);
    await Promise.all(Array.from({ length: howMany }, () => instances.add()));
    return instances;
  }

  /** How each of them is set up. */
  get env(): Readonly<Record<string, string>> {
    return this.#env;
  }

  /** Those that have not been killed. */
  get running(): readonly Instance[] {
    return this.#running;
  }

  /** One more. */
  async add(): Promise<void> {
    const server = await startServerProcess(this.#env);
    const operations = new ApiClient(server.operationsUrl);
    this.#running.push({ server, api: new ApiClient(server.url), operations });
  }

  any(): Instance {
    return this.#running[Math.floor(this.random() * this.#running.length)]!;
  }

  /** All but one. */
  others(than: Instance): readonly Instance[] {
    return this.#running.filter((instance) => instance !== than);
  }

  /** Kills one, without warning. */
  async kill(instance: Instance): Promise<void> {
    this.#running = this.#running.filter((one) => one !== instance);
    await instance.server.end('SIGKILL');
  }

  /** Lets all of them end, and resolves to their exit codes. */
  async end(): Promise<(number | null)[]> {
    const ended = this.#running;
    this.#running = [];
    return Promise.all(ended.map(({ server }) => server.end('SIGTERM')));
  }
}
