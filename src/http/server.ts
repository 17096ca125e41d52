import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { randomUUID } from 'node:crypto';
import type Koa from 'koa';
import { Problem, PROBLEM_TYPE, type ProblemCode } from './problem.js';

/** How long a request may take to arrive, in milliseconds, and how often that is looked at. */
interface ArrivalTimes {
  readonly head: number;
  readonly whole: number;
  readonly check: number;
}
const ARRIVAL: ArrivalTimes = { head: 10_000, whole: 30_000, check: 1_000 };
const KEEP_ALIVE_MS = 65_000;
const IDLE_CHECK_MS = 50;
const LINGER_MS = 1_000;

/** A server that listens. */
export interface RunningServer {
  readonly host: string;
  readonly port: number;
  /** Takes no more connections, lets running requests end for so many milliseconds, then closes what is left. */
  drain(timeoutMs: number): Promise<void>;
}

/** Listens; rejects if it cannot (the port is taken, say). Port 0 takes any that is free. */
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
    // The application refuses what has none, with a reason.
    requireHostHeader: false,
  });
  const serve: RequestListener = (request, response) => void handle(request, response);
  server.on('request', serve);
  // RFC 9110 §10.1.1: what else a client expects may be passed over.
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
  return { host: address, port: listening, drain: (timeoutMs) => drain(server, timeoutMs) };
}

async function drain(server: Server, timeoutMs: number): Promise<void> {
  // Those who come with another request are told that it is the last.
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Keep-alive connections would stay open after the answer they wait for.
  const closing = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearInterval(closing);
  clearTimeout(timer);
}

const PROBLEMS_OF_CLIENTS: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** What is no HTTP request, has too large a head or never ends does not reach the application. */
function answerClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  refuse(socket, PROBLEMS_OF_CLIENTS[error.code ?? ''] ?? 'malformed_request');
}

function refuse(socket: Duplex, code: ProblemCode): void {
  const problem = new Problem(code);
  const body = problem.body(randomUUID());
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.message}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // A client that does not close its side must not keep the connection, which the server no longer counts as one of its own.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
