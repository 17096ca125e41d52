import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { Problem } from './problem.js';
import { PROBLEMS, type ProblemCode } from './problem-codes.js';

const LINGER_MS = 1_000;

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what never reaches the application: what is no HTTP request, has too large a head or does not end. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  refuse(socket, CODES[error.code ?? ''] ?? 'malformed_request');
}

/** Answers on a bare connection, and closes it. */
export function refuse(socket: Duplex, code: ProblemCode): void {
  const { status, type, body, headers } = new Problem(code).answer('problem', randomBytes(12).toString('base64url'));
  const lines = Object.entries({
    'Content-Type': type,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${PROBLEMS[code][1]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  // A client that does not close its side must not keep the connection, which the server no longer counts as one of its own.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
