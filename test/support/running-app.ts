import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Context, Next } from 'koa';
import { pino, type Logger } from 'pino';
import { compose } from '../../src/compose.js';
import type { Application, Overrides } from '../../src/compose/application.js';
import { holdPort } from '../../src/compose/listen.js';
import { readConfig } from '../../src/config.js';
import { createApp } from '../../src/http/app.js';
import { openApiDocument } from '../../src/http/openapi/document.js';
import { createOperationsApp } from '../../src/http/operations-app.js';
import { stateOf } from '../../src/http/request-context.js';
import { PUBLIC_ROUTES } from '../../src/http/routes/routes.js';
import { startServer } from '../../src/http/server.js';
import { Passwords } from '../../src/security/passwords.js';
import { ApiClient } from './api-client.js';
import { AnswerChecks, DescribedBodies, type ApiDescription } from './openapi-checks.js';
import { keepWritingThread } from './open-sqlite-file.js';
import { temporaryFolder } from './temporary-folder.js';

/** The whole application in this process, listening on a port of its own, with its stores in a folder of its own. */
export interface RunningApp {
  readonly application: Application;
  readonly api: ApiClient;
  readonly url: string;
  /** What the operations listener serves: metrics and readiness. */
  readonly operations: ApiClient;
  readonly folder: string;
  /** What it answered so far, each answer compared with the description of the interface. */
  readonly answers: AnswerChecks;
  /** Stops it; the folder goes too, unless it was given. Rejects if it ever answered what is not described. */
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

// Tests that are not about hashing hash thousands of passwords.
const QUICK_HASHING = { memoryCost: 64, timeCost: 1, parallelism: 1 };
// A machine that stands still for a moment must not make an answer another one.
const PATIENT = { namedMs: 20_000, unaskedMs: 20_000 };
// What the clock starts by itself would stand in logs that a test looks at as a whole.
const NOTHING_BY_THE_CLOCK = { EXPIRY_SWEEP_CRON: '0 0 29 2 *', SEAL_EVERY_SECONDS: '86400' };
// All applications of a suite are of the same description.
let described: DescribedBodies | undefined;

export async function startApp(options: AppOptions = {}): Promise<RunningApp> {
  const { env = {}, folder, log, prepare, middleware, ...overrides } = options;
  await keepWritingThread();
  const own = folder === undefined ? temporaryFolder() : null;
  const dataDir = folder ?? own!.path;
  const config = readConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    RATE_LIMIT_EXEMPT: '127.0.0.1',
    ...NOTHING_BY_THE_CLOCK,
    ...env,
  });
  const held = await holdPort(config);
  const application = await compose(config, log ?? pino({ level: 'error' }, pino.destination({ dest: 2, sync: true })), {
    listensAt: held.url,
    passwords: new Passwords({ parameters: QUICK_HASHING }),
    waits: PATIENT,
    ...overrides,
  }).catch(async (error: unknown) => {
    await held.listener?.drain({ idleMs: 0, requestsMs: 0 });
    throw error;
  });
  prepare?.(application);
  const koa = createApp(application.http);
  described ??= new DescribedBodies(openApiDocument(PUBLIC_ROUTES) as ApiDescription);
  const answers = new AnswerChecks(described);
  koa.middleware.unshift(checking(answers));
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
    answers,
    close: async () => {
      await server.drain({ idleMs: 0, requestsMs: 1_000 });
      await operations.drain({ idleMs: 0, requestsMs: 1_000 });
      await application.close();
      own?.remove();
      const problems = [...new Set(answers.problems)];
      if (problems.length > 0) throw new Error(`not as described: ${problems.join('\n')}`);
    },
  };
}

/** Compares each answer of a described route with its description. */
function checking(answers: AnswerChecks): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    await next();
    const { route } = stateOf(ctx);
    if (route === null || ctx.method === 'OPTIONS' || !answers.describes(route)) return;
    const { status } = ctx;
    // What HEAD leaves out is described under GET.
    const method = ctx.method === 'HEAD' ? 'GET' : ctx.method;
    const body = ctx.body instanceof Readable ? '' : ((ctx.body as string | null | undefined) ?? '');
    answers.check({ method, route, status, body, contentType: ctx.response.type });
  };
}

/** Credentials that nobody used before. */
export function freshCredentials(): { email: string; password: string } {
  return { email: `${randomUUID()}@example.com`, password: `correct horse ${randomUUID()}` };
}
