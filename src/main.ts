/** The server: environment → configuration → compose → listen → drain. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { compose } from './compose.js';
import type { Application } from './compose/application.js';
import { releaseIdleMemory } from './compose/idle-memory.js';
import { holdPort, listen, type HeldPort, type Servers } from './compose/listen.js';
import { refusedStart } from './compose/refused-start.js';
import { ConfigError, readConfig, serverUrl, type Config } from './config.js';
import { isForeseen } from './config/foreseen-errors.js';
import { startProblem } from './config/start-problem.js';
import { configWarnings } from './config/warnings.js';
import { removeOperatorFile } from './operator/operator-file.js';

// Long enough for a sign-in that waits for its turn; well below what supervisors wait before they kill.
const REQUESTS_MS = 10_000;
// How long a client that keeps its connection may take to notice that the listener is closed.
const IDLE_MS = 2_000;
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

async function run(config: Config): Promise<void> {
  const log = pino({ level: config.logLevel });
  for (const warning of configWarnings(process.env)) log.warn(warning);
  // A signal during the start ends the waiting for a store; where nothing waits, the next step of the start sees it.
  const starting = new AbortController();
  const abort = (): void => starting.abort();
  for (const signal of STOP_SIGNALS) process.on(signal, abort);
  // Keys that changed after they were read are taken once there is somebody to take them.
  const asked = { reload: false };
  const noteReload = (): void => {
    asked.reload = true;
    log.info('keys will be reloaded once the start is done');
  };
  process.on('SIGHUP', noteReload);
  const held = await holdPort(config);
  const { application, servers } = await open(config, { log, signal: starting.signal, held });
  const { stop, reload } = handleSignals(config, { application, servers, log });
  for (const signal of STOP_SIGNALS) process.off(signal, abort);
  process.off('SIGHUP', noteReload);
  application.start();
  releaseIdleMemory();
  log.info(
    {
      url: servers.http && serverUrl(servers.http.host, servers.http.port),
      operations_url: serverUrl(servers.operations.host, servers.operations.port),
      roles: config.roles,
    },
    'tokenledger is up',
  );
  if (asked.reload) reload();
  if (starting.signal.aborted) stop({ reason: 'asked to stop while starting' });
}

interface Opening {
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly held: HeldPort;
}

/** Everything put together, and listening. Rejects with nothing left open. */
async function open(
  config: Config,
  { log, signal, held }: Opening,
): Promise<{ readonly application: Application; readonly servers: Servers }> {
  let application: Application | null = null;
  try {
    application = await compose(config, log, { signal, listensAt: held.url });
    signal.throwIfAborted();
    return { application, servers: await listen(config, { application, listener: held.listener }) };
  } catch (error) {
    await held.listener?.drain({ idleMs: 0, requestsMs: 0 });
    await application?.close();
    throw error;
  }
}

interface Running {
  readonly application: Application;
  readonly servers: Servers;
  readonly log: Logger;
}

/** What signals ask for. */
interface SignalActions {
  /** Begins to drain. */
  readonly stop: (why: object) => void;
  readonly reload: () => void;
}

/** From now on signals are obeyed. */
function handleSignals(config: Config, running: Running): SignalActions {
  const { application, log } = running;
  const reload = (): void => {
    application.reloadKeys().then(
      () => log.info('keys reloaded'),
      (error: unknown) => log.error({ err: error }, 'keys not reloaded; those in use stay'),
    );
  };
  process.on('SIGHUP', reload);
  let stopping: Promise<void> | null = null;
  const stop = (why: object): void => {
    stopping ??= drain(config, running, why);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, () => stop({ signal }));
  void application.fatal.then((error) => {
    log.fatal({ err: error }, 'this process cannot go on');
    process.exitCode = 1;
    stop({ reason: 'fatal' });
  });
  return { stop, reload };
}

/** Readiness says no first, so that a load balancer sends no more; then the listener closes, and what was begun is answered. */
async function drain(config: Config, { application, servers, log }: Running, why: object): Promise<void> {
  log.info(why, 'draining');
  application.drain();
  if (config.drainMs > 0) await sleep(config.drainMs);
  await removeOperatorFile(config.dataDir, servers.access);
  await servers.http?.drain({ idleMs: IDLE_MS, requestsMs: REQUESTS_MS });
  await servers.operations.drain({ idleMs: 0, requestsMs: REQUESTS_MS });
  await application.close();
  log.info('tokenledger is down');
}

let config: Config | null = null;
try {
  config = readConfig(process.env);
  await run(config);
} catch (error) {
  process.stderr.write(`tokenledger does not start: ${reasonOf(error, config)}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}

/** What is wrong with the set-up is said in a sentence; a stack is for what nobody foresaw. */
function reasonOf(error: unknown, known: Config | null): string {
  const sentence = refusedStart(error) ?? (known && startProblem(error, known));
  if (sentence !== null) return sentence;
  if (error instanceof Error && error.name === 'AbortError') return 'it was asked to stop.';
  return isForeseen(error) ? error.message : String(error instanceof Error ? error.stack : error);
}
