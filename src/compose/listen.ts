import type { Application } from './application.js';
import { localUrl, serverUrl, type Config } from '../config.js';
import { createApp } from '../http/app.js';
import { createOperationsApp } from '../http/operations-app.js';
import type { OperatorAnswers } from '../http/operator-routes.js';
import { openListener, startServer, type Listener, type RunningServer } from '../http/server.js';
import { answerOperator } from '../operator/answer.js';
import { newOperatorToken, writeOperatorFile, type OperatorAccess } from '../operator/operator-file.js';

/** What listens. */
export interface Servers {
  readonly http: RunningServer | null;
  readonly operations: RunningServer;
  readonly access: OperatorAccess;
}

/** The public port before the application is put together, and its URL; each null where there is none. */
export interface HeldPort {
  readonly listener: Listener | null;
  readonly url: string | null;
}

/**
 * Takes the public port at once where any free one will do: issuer, cookie, metadata and mails name it. A port that was chosen is
 * taken last, so that nobody connects to a server that cannot answer yet.
 */
export async function holdPort(config: Pick<Config, 'roles' | 'host' | 'port'>): Promise<HeldPort> {
  if (!config.roles.includes('http')) return { listener: null, url: null };
  const listener = config.port === 0 ? await openListener(config) : null;
  return { listener, url: serverUrl(config.host, listener?.port ?? config.port) };
}

/** Begins to serve. Rejects if a port cannot be had; nothing listens then. */
export async function listen(
  config: Config,
  { application, listener }: { readonly application: Application; readonly listener: Listener | null },
): Promise<Servers> {
  const token = newOperatorToken();
  const { log } = application.operations;
  const answer: OperatorAnswers['answer'] = (name, input) =>
    answerOperator(application.operator, name, input, (error) =>
      log.error({ err: error, operation: name }, 'an operator’s request'),
    );
  const operator = { token, answer };
  const operations = await startServer(createOperationsApp({ ...application.operations, operator }), {
    host: config.operationsHost,
    port: config.operationsPort,
  });
  let http: RunningServer | null = null;
  try {
    if (config.roles.includes('http')) {
      const app = createApp(application.http);
      http = listener === null ? await startServer(app, config) : listener.serve(app);
    }
    const access = { url: localUrl(operations.host, operations.port), token };
    await writeOperatorFile(config.dataDir, access);
    return { http, operations, access };
  } catch (error) {
    // A listener that stays would keep the process from ending.
    for (const server of [http, operations]) await server?.drain({ idleMs: 0, requestsMs: 0 });
    throw error;
  }
}
