/** The server: environment → configuration → compose → listen → drain. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { SmtpUrlError } from './adapters/smtp/smtp-url.js';
import { SqliteOpenError } from './adapters/sqlite/errors.js';
import { compose, type Application } from './compose.js';
import { releaseIdleMemory } from './compose/idle-memory.js';
import { ConfigError, localUrl, readConfig, serverUrl, type Config } from './config.js';
import { startProblem } from './config/start-problem.js';
import { configWarnings } from './config/warnings.js';
import { StoreUnavailableError } from './domain/unavailable.js';
import { RefusedEventError } from './event-store/event-log.js';
import { RestoredLogError } from './event-store/high-water-check.js';
import { createApp } from './http/app.js';
import { createOperationsApp } from './http/operations-app.js';
import { startServer, type RunningServer } from './http/server.js';
import { answerOperator } from './operator/answer.js';
import { newOperatorToken, removeOperatorFile, writeOperatorFile, type OperatorAccess } from './operator/operator-file.js';
import { KeyFileError } from './security/key-file.js';

// Long enough for a sign-in that waits for its turn; well below what supervisors wait before they kill.
const REQUESTS_MS = 10_000;
// How long a client that keeps its connection may take to notice that the listener is closed.
const IDLE_MS = 2_000;
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** What listens. */
interface Servers {
  readonly http: RunningServer | null;
  readonly operations: RunningServer;
  readonly access: OperatorAccess;
}

async function run(config: Config): Promise<void> {
  const log = pino({ level: config.logLevel });
  for (const warning of configWarnings(process.env)) log.warn(warning);
  // A signal during the start ends the waiting for a store; where nothing waits, the next step of the start sees it.
  const starting = new AbortController();
  const abort = (): void => starting.abort();
  for (const signal of STOP_SIGNALS) process.on(signal, abort);
  const application = await compose(config, log, { signal: starting.signal });
  let servers: Servers;
  try {
    starting.signal.throwIfAborted();
    servers = await listen(config, application);
  } catch (error) {
    await application.close();
    throw error;
  }
  const stop = handleSignals(config, { application, servers, log });
  for (const signal of STOP_SIGNALS) process.off(signal, abort);
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
  if (starting.signal.aborted) stop({ reason: 'asked to stop while starting' });
}

async function listen(config: Config, application: Application): Promise<Servers> {
  const token = newOperatorToken();
  const operator = { token, answer: (name: string, input: unknown) => answerOperator(application.operator, name, input) };
  const operations = await startServer(createOperationsApp({ ...application.operations, operator }), {
    host: config.operationsHost,
    port: config.operationsPort,
  });
  let http: RunningServer | null = null;
  try {
    if (config.roles.includes('http')) http = await startServer(createApp(application.http), config);
    const access = { url: localUrl(operations.host, operations.port), token };
    await writeOperatorFile(config.dataDir, access);
    return { http, operations, access };
  } catch (error) {
    // A listener that stays would keep the process from ending.
    for (const server of [http, operations]) await server?.drain({ idleMs: 0, requestsMs: 0 });
    throw error;
  }
}

interface Running {
  readonly application: Application;
  readonly servers: Servers;
  readonly log: Logger;
}

/** From now on signals are obeyed; returns what begins to drain. */
function handleSignals(config: Config, running: Running): (why: object) => void {
  const { application, log } = running;
  process.on('SIGHUP', () => {
    application.reloadKeys().then(
      () => log.info('keys reloaded'),
      (error: unknown) => log.error({ err: error }, 'keys not reloaded; those in use stay'),
    );
  });
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
  return stop;
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
  const sentence = known && startProblem(error, known);
  if (sentence !== null) return sentence;
  if (error instanceof Error && error.name === 'AbortError') return 'it was asked to stop.';
  const foreseen = [
    ConfigError,
    KeyFileError,
    SmtpUrlError,
    SqliteOpenError,
    StoreUnavailableError,
    RestoredLogError,
    RefusedEventError,
  ].some((kind) => error instanceof kind);
  return foreseen ? (error as Error).message : String(error instanceof Error ? error.stack : error);
}
