import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { OperatorAccess } from '../../src/operator/operator-file.js';
import { RefusedError, UsageError } from './errors.js';

const NOT_THE_LISTENER = ' there: operations are asked of the operations listener (OPERATIONS_PORT), not of the public one';

/** No server of ours takes operator's requests there: nobody listens, or somebody else. */
export class ServerGoneError extends Error {
  override readonly name = 'ServerGoneError';
}

/**
 * Asks a running server for an operation; resolves, once it has taken the request, to its objects as they come. Rejects with
 * `ServerGoneError`, or with `RefusedError` if the server refused; so does the iteration.
 */
export async function askServer(
  { url, token }: OperatorAccess,
  operation: string,
  input: object,
): Promise<AsyncIterable<object>> {
  const response = await post(new URL(`/operator/${operation}`, url), token, input);
  const type = response.headers.get('content-type') ?? '';
  const isJson = /^application\/(problem\+)?jsonl?\b/.test(type);
  // A problem is our own server's, so is its 404: what was asked about is not there. Any other 404 is of another program.
  const isForeign = response.status === 404 && !type.startsWith('application/problem+json');
  if (response.status === 401 || isForeign || !isJson || response.body === null) {
    await response.body?.cancel();
    throw new ServerGoneError(`${url} takes no operator’s requests with this token (status ${response.status})`);
  }
  return objectsOf(response.body, response.status);
}

async function post(url: URL, token: string, input: object): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new ServerGoneError(`${url.origin} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** The objects of a body, one a line. */
async function* objectsOf(body: ReadableStream, status: number): AsyncGenerator<object, void, undefined> {
  for await (const line of createInterface({ input: Readable.fromWeb(body) })) {
    if (line === '') continue;
    const value = JSON.parse(line) as Readonly<Partial<Record<'error' | 'title' | 'detail', unknown>>>;
    const problem = value.error ?? value.detail;
    if (status !== 200 || value.error !== undefined) {
      // A 404 that says nothing of its own is that of a path which the listener does not know.
      const hint = status === 404 && problem === value.title ? NOT_THE_LISTENER : '';
      const words = (typeof problem === 'string' ? problem : `the server answered ${status}`) + hint;
      throw status === 422 ? new UsageError(words) : new RefusedError(words);
    }
    yield value;
  }
}
