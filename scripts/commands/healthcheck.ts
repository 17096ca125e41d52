import { parseArgs } from 'node:util';
import { messageOf } from '../../src/domain/message-of.js';
import { localUrl } from '../../src/config.js';
import { readValues } from '../../src/config/environment.js';
import { SERVER_VARIABLES } from '../../src/config/server-variables.js';
import type { Command } from '../cli/command.js';
import { RefusedError, UsageError } from '../cli/errors.js';

const usage = `npx tokenledger healthcheck [--ready]
Asks the server of this container whether it is well: at /healthz of HOST and PORT.
  --ready   at /readyz of OPERATIONS_HOST and OPERATIONS_PORT
Exits with 0 if it answers 200, otherwise with 1.`;

const TIMEOUT_MS = 4_000;
const { HOST, PORT, OPERATIONS_HOST, OPERATIONS_PORT } = SERVER_VARIABLES;

export const command: Command = {
  usage,
  run: async ({ args, environment, output }) => {
    const { values } = parseArgs({ args: [...args], options: { ready: { type: 'boolean', default: false } } });
    // These alone: a health check must not fail because of a variable that it does not need.
    const env = readValues({ HOST, PORT, OPERATIONS_HOST, OPERATIONS_PORT }, environment);
    const [host, port] = values.ready ? [env.OPERATIONS_HOST, env.OPERATIONS_PORT] : [env.HOST, env.PORT];
    if (port === 0) throw new UsageError('A port that any number may be cannot be asked: set it.');
    const url = new URL(values.ready ? '/readyz' : '/healthz', localUrl(host, port)).href;
    const status = await statusOf(url);
    output.result({ url, status }, `${url} answered ${status}`);
    return status === 200 ? 0 : 1;
  },
};

async function statusOf(url: string): Promise<number> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return status;
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    throw new RefusedError(`${url} does not answer: ${messageOf(reason)}`);
  }
}
