/**
 * `node dist/scripts/healthcheck.js [path]`: asks the server of this container whether it is well, by default at `/healthz`.
 * Exits with 0 if it answers 200, otherwise with 1. For containers, whose images hold no curl.
 */
import { readConfig, serverUrl } from '../src/config.js';
import { RefusedError, runScript } from './run-script.js';

const USAGE = `node dist/scripts/healthcheck.js [path]
  path   what to ask for at HOST and PORT (default: /healthz)`;

const TIMEOUT_MS = 4_000;
/** Addresses that stand for all addresses of the machine, and where a server that listens on them is asked. */
const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

await runScript(USAGE, async () => {
  const [, , path = '/healthz'] = process.argv;
  const { host, port } = readConfig(process.env);
  const url = new URL(path, serverUrl(ANY[host] ?? host, port));
  const status = await statusOf(url);
  console.log(`${url.href} answered ${status}`);
  return status === 200 ? 0 : 1;
});

async function statusOf(url: URL): Promise<number> {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return status;
  } catch (error) {
    const reason = error instanceof Error ? (error.cause ?? error) : error;
    throw new RefusedError(`${url.href} does not answer: ${reason instanceof Error ? reason.message : String(reason)}`);
  }
}
