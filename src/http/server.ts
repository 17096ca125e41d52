import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';
import { answerClientError, refuse } from './client-errors.js';
import { drain, type DrainTimes } from './drain.js';

/** How long a request may take to arrive, in milliseconds, and how often that is looked at. */
interface ArrivalTimes {
  readonly head: number;
  readonly whole: number;
  readonly check: number;
}
const ARRIVAL: ArrivalTimes = { head: 10_000, whole: 30_000, check: 1_000 };
const KEEP_ALIVE_MS = 65_000;

/** A server that listens. */
export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** Takes no more connections and lets those that there are end. Resolves when all are closed. */
  drain(times: DrainTimes): Promise<void>;
}

/** Listens; rejects if it cannot (when the port is taken, for example). Port 0 takes any that is free. */
export async function startServer(
  app: Koa,
  { host, port, arrival = ARRIVAL }: { readonly host: string; readonly port: number; readonly arrival?: ArrivalTimes },
): Promise<RunningServer> {
  const handle = app.callback();
  const server = createServer({
    headersTimeout: arrival.head,
    requestTimeout: arrival.whole,
    connectionsCheckingInterval: arrival.check,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The application refuses a request without Host, with a reason.
    requireHostHeader: false,
  });
  const serve: RequestListener = (request, response) => void handle(request, response);
  server.on('request', serve);
  // RFC 9110 §10.1.1: other expectations of a client may be ignored.
  server.on('checkExpectation', serve);
  server.on('clientError', answerClientError);
  // Otherwise CONNECT would be cut off without an answer.
  server.on('connect', (_request, socket) => refuse(socket, 'method_not_allowed'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port: listening } = server.address() as AddressInfo;
  return { host: address, port: listening, drain: (times) => drain(server, times) };
}
