import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { RefusedError } from './errors.js';

/** No server of ours takes operator's requests there: nobody listens, or somebody else. Nothing was done. */
export class ServerGoneError extends Error {
  override readonly name = 'ServerGoneError';
}

const CONNECT_TIMEOUT_MS = 10_000;
// A machine that was cut off is noticed by it, however long the server itself may be silent.
const PROBE_AFTER_MS = 60_000;

/**
 * Sends JSON; resolves to the answer when it begins, however long that takes: a backup or the change of a key may be silent for
 * minutes. Rejects with `ServerGoneError` where no server is reached, and as `lost` says once one was.
 */
export function post(url: URL, token: string, input: object): Promise<IncomingMessage> {
  const body = JSON.stringify(input);
  const isTls = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    let isReached = false;
    const request = (isTls ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      // A connection of its own: one that is kept may be closed just when it is used again.
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        // A server that closes right after it refused would reset what is still being sent, and its answer would be lost.
        connection: 'keep-alive',
      },
    });
    const timer = setTimeout(
      () => request.destroy(new Error(`no connection in ${CONNECT_TIMEOUT_MS / 1_000} seconds`)),
      CONNECT_TIMEOUT_MS,
    );
    request.on('socket', (socket: Socket) => {
      socket.setKeepAlive(true, PROBE_AFTER_MS);
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        isReached = true;
        clearTimeout(timer);
      });
    });
    request.on('response', resolve);
    request.on('error', (error) => {
      clearTimeout(timer);
      if (isReached && !isOtherProtocol(error)) reject(lost(url, error));
      else reject(new ServerGoneError(`${url.origin} does not answer: ${reasonOf(error)}`));
    });
    request.end(body);
  });
}

/** A server was reached and is lost since: whether it has done what was asked, nobody here knows. */
export function lost(url: URL, error: unknown): RefusedError {
  return new RefusedError(
    `the server at ${url.origin} was reached and then lost (${reasonOf(error)}): it may have done what was asked, or do it yet; look before you ask again. ` +
      'If another program has that address now, remove operator.json from DATA_DIR',
  );
}

/** What answered speaks no HTTP, so it is no server of ours. */
function isOtherProtocol(error: NodeJS.ErrnoException): boolean {
  return error.code?.startsWith('HPE_') === true;
}

/** Several addresses that were tried have a code and no message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? String((error as NodeJS.ErrnoException).code) : error.message;
}
