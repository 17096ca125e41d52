import { randomUUID } from 'node:crypto';
import type { Context, Next } from 'koa';
import { pino, type Logger } from 'pino';
import { compose, type Application, type Overrides } from '../../src/compose.js';
import { holdPort } from '../../src/compose/listen.js';
import { readConfig } from '../../src/config.js';
import { createApp } from '../../src/http/app.js';
import { createOperationsApp } from '../../src/http/operations-app.js';
import { startServer } from '../../src/http/server.js';
import { ApiClient } from './api-client.js';
import { temporaryFolder } from './temporary-folder.js';

/** The whole application in this process, listening on a port of its own, with its stores in a folder of its own. */
export interface RunningApp {
  readonly application: Application;
  readonly api: ApiClient;
  readonly url: string;
  /** What the operations listener serves: metrics and readiness. */
  readonly operations: ApiClient;
  readonly folder: string;
  /** Stops it; the folder goes too, unless it was given. */
  close(): Promise<void>;
}

export interface AppOptions extends Overrides {
  /** Environment variables beside those for its place. */
  readonly env?: Readonly<Record<string, string>>;
  /** An existing data folder. */
  readonly folder?: string;
  readonly log?: Logger;
  /** Runs between putting it together and listening. */
  readonly prepare?: (application: Application) => void;
  /** Stands before all else that answers requests. */
  readonly middleware?: (ctx: Context, next: Next) => Promise<unknown>;
}

export async function startApp(options: AppOptions = {}): Promise<RunningApp> {
  const { env = {}, folder, log, prepare, middleware, ...overrides } = options;
  const own = folder === undefined ? temporaryFolder() : null;
  const dataDir = folder ?? own!.path;
  const config = readConfig({ DATA_DIR: dataDir, PORT: '0', RATE_LIMIT_EXEMPT: '127.0.0.1', ...env });
  const held = await holdPort(config);
  const application = await compose(config, log ?? pino({ level: 'error' }, pino.destination({ dest: 2, sync: true })), {
    listensAt: held.url,
    ...overrides,
  }).catch(async (error: unknown) => {
    await held.listener?.drain({ idleMs: 0, requestsMs: 0 });
    throw error;
  });
  prepare?.(application);
  const koa = createApp(application.http);
  if (middleware !== undefined) koa.middleware.unshift(middleware);
  const server = held.listener?.serve(koa) ?? (await startServer(koa, config));
  const operationsApp = createOperationsApp({ ...application.operations, operator: null });
  const operations = await startServer(operationsApp, { host: '127.0.0.1', port: 0 });
  application.start();
  const url = `http://${server.host}:${server.port}`;
  return {
    application,
    api: new ApiClient(url),
    operations: new ApiClient(`http://${operations.host}:${operations.port}`),
    url,
    folder: dataDir,
    close: async () => {
      await server.drain({ idleMs: 0, requestsMs: 1_000 });
      await operations.drain({ idleMs: 0, requestsMs: 1_000 });
      await application.close();
      own?.remove();
    },
  };
}

/** Credentials that nobody used before. */
export function freshCredentials(): { email: string; password: string } {
  return { email: `${randomUUID()}@example.com`, password: `correct horse ${randomUUID()}` };
}
