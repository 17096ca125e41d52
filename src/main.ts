/** The server: environment → configuration → compose → listen → drain. */
import { pino } from 'pino';
import { compose } from './compose.js';
import { ConfigError, readConfig, serverUrl, type Config } from './config.js';
import { StoreUnavailableError } from './domain/unavailable.js';
import { createApp } from './http/app.js';
import { startServer, type RunningServer } from './http/server.js';
import { KeyFileError } from './security/key-file.js';
import { SqliteOpenError } from './adapters/sqlite/errors.js';

// Long enough for a sign-in that waits for its turn; well below what supervisors wait before they kill.
const DRAIN_MS = 10_000;

async function run(config: Config): Promise<void> {
  const log = pino({ level: config.logLevel });
  const application = await compose(config, log);
  let server: RunningServer | null = null;
  try {
    if (config.roles.includes('http')) server = await startServer(createApp(application.http), config);
  } catch (error) {
    await application.close();
    throw error;
  }
  process.on('SIGHUP', () => {
    application.reloadKeys().then(
      () => log.info('keys reloaded'),
      (error: unknown) => log.error({ err: error }, 'keys not reloaded; those in use stay'),
    );
  });

  let draining = false;
  const stop = async (signal: string): Promise<void> => {
    if (draining) return;
    draining = true;
    log.info({ signal }, 'draining');
    await server?.drain(DRAIN_MS);
    await application.close();
    log.info('tokenledger is down');
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void stop(signal));

  application.start();
  const url = server && serverUrl(server.host, server.port);
  log.info({ url, roles: config.roles }, 'tokenledger is up');
}

try {
  await run(readConfig(process.env));
} catch (error) {
  // What is wrong with the set-up is told in a sentence; a stack is for what nobody foresaw.
  const reason = isForeseen(error) ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`tokenledger does not start: ${reason}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}

function isForeseen(error: unknown): error is Error {
  const kinds = [ConfigError, KeyFileError, SqliteOpenError, StoreUnavailableError];
  // A port that is taken, a folder that cannot be made.
  return kinds.some((kind) => error instanceof kind) || (error instanceof Error && 'syscall' in error);
}
