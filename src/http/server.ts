import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';
import { answerClientError, refuse } from './client-errors.js';
import { drain, type DrainTimes } from './drain.js';
import { RequestGate } from './request-gate.js';

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

/** Where to listen; port 0 takes any that is free. */
interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly arrival?: ArrivalTimes;
}

/** A port that is held. What is asked there waits until an application serves. */
export interface Listener extends RunningServer {
  serve(app: Koa): RunningServer;
}

/** Listens and serves; rejects if it cannot (when the port is taken, for example). */
export async function startServer(app: Koa, options: ListenOptions): Promise<RunningServer> {
  return (await openListener(options)).serve(app);
}

/** Listens, for an application that is yet to be made: it may need to know the port. Rejects if it cannot. */
export async function openListener({ host, port, arrival = ARRIVAL }: ListenOptions): Promise<Listener> {
  const gate = new RequestGate();
  const server = createServer({
    headersTimeout: arrival.head,
    requestTimeout: arrival.whole,
    connectionsCheckingInterval: arrival.check,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The application refuses a request without Host, with a reason.
    requireHostHeader: false,
  });
  server.on('request', gate.pass);
  // RFC 9110 §10.1.1: other expectations of a client may be ignored.
  server.on('checkExpectation', gate.pass);
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
  const running: RunningServer = { host: address, port: listening, drain: (times) => drain(server, gate, times) };
  return {
    ...running,
    serve: (app) => {
      const handle = app.callback();
      gate.serve((request, response) => void handle(request, response));
      return running;
    },
  };
}
