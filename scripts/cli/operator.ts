import { userInfo } from 'node:os';
import { readToolConfig, type Config } from '../../src/config.js';
import { isServed } from '../../src/compose/is-served.js';
import { readValues, type Environment } from '../../src/config/environment.js';
import { TOOL_VARIABLES } from '../../src/config/tool-variables.js';
import { readOperatorFile, type OperatorAccess } from '../../src/operator/operator-file.js';
import { RefusedError, UsageError } from './errors.js';
import { askServer } from './operator-client.js';
import { ServerGoneError } from './post.js';

/**
 * The operator's operations, wherever they are done: by the running server, which is found by TOKENLEDGER_URL or by DATA_DIR, or
 * here, with the stores opened for the one operation, where no server runs.
 */
export class OperatorClient {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Throws `ConfigError`. */
  config(): Config {
    return readToolConfig(this.#environment);
  }

  /** The name of the person, for the actor of events. */
  name(): string {
    const name = userInfo()
      .username.replaceAll(/[^\w.@-]/g, '_')
      .slice(0, 64);
    return name === '' ? 'unknown' : name;
  }

  /** Does an operation that answers with one object: the last one, if there are several. Rejects with `RefusedError` and as stores do. */
  async ask(operation: string, input: object): Promise<object> {
    let last: object = {};
    for await (const value of this.stream(operation, input)) last = value;
    return last;
  }

  /** Does an operation; gives its objects as they come. */
  async *stream(operation: string, input: object): AsyncGenerator<object, void, undefined> {
    const answers = await this.#askRunningServer(operation, input);
    if (answers !== null) {
      yield* answers;
      return;
    }
    const { openInstallation } = await import('../../src/compose/open-installation.js');
    const { operate } = await import('../../src/operator/operations.js');
    const installation = openInstallation(this.config());
    try {
      const answer = operate(installation, operation, input);
      if (Symbol.asyncIterator in answer) yield* answer;
      else yield await answer;
    } finally {
      await installation.close();
    }
  }

  /** Null if no server runs. */
  async #askRunningServer(operation: string, input: object): Promise<AsyncIterable<object> | null> {
    const { TOKENLEDGER_URL: url, TOKENLEDGER_OPERATOR_TOKEN: token } = readValues(TOOL_VARIABLES, this.#environment);
    if ((url === null) !== (token === null))
      throw new UsageError('TOKENLEDGER_URL and TOKENLEDGER_OPERATOR_TOKEN must be set together');
    const named = url === null || token === null ? null : { url, token };
    const access = named ?? (await this.#found());
    if (access === null) return null;
    try {
      return await askServer(access, operation, input);
    } catch (error) {
      if (!(error instanceof ServerGoneError)) throw error;
      if (named !== null) throw new RefusedError(error.message);
      // The file of a server that died: nobody serves this data folder, and nobody was asked.
      return null;
    }
  }

  /** The server that has this data folder; null if none has. Rejects with `RefusedError` where it cannot be found though it runs. */
  async #found(): Promise<OperatorAccess | null> {
    const config = this.config();
    const found = await readOperatorFile(config.dataDir);
    if (found !== 'elsewhere') return found;
    // It would go on with the keys that it has, for example, while others are made here.
    if (await isServed(config))
      throw new RefusedError(
        `a process works on ${config.dataDir}, and operator.json there is not the file that a server wrote, or has a second name (a hard ` +
          'link): remove the second name or start the server again, or name it by TOKENLEDGER_URL and TOKENLEDGER_OPERATOR_TOKEN',
      );
    return null;
  }
}
