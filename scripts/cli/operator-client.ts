import type { IncomingMessage } from 'node:http';
import type { OperatorAccess } from '../../src/operator/operator-file.js';
import { RefusedError, UsageError } from './errors.js';
import { lost, post, ServerGoneError } from './post.js';

const NOT_THE_LISTENER = ' there: operations are asked of the operations listener (OPERATIONS_PORT), not of the public one';
/** What is wrong with the request itself: an input that no operation takes, or a larger one than a server takes. */
const WRONG_USE: readonly number[] = [413, 422];

type Answer = Readonly<Partial<Record<'error' | 'title' | 'detail', unknown>>>;

/**
 * Asks a running server for an operation; resolves, once it has taken the request, to its objects as they come. Rejects with
 * `ServerGoneError` where no server took it, or with `RefusedError` if the server refused or was lost; so does the iteration.
 */
export async function askServer(
  { url, token }: OperatorAccess,
  operation: string,
  input: object,
): Promise<AsyncIterable<object>> {
  const address = new URL(`/operator/${operation}`, url);
  const response = await post(address, token, input);
  const { statusCode: status = 0, headers } = response;
  const type = headers['content-type'] ?? '';
  const isJson = /^application\/(problem\+)?jsonl?\b/.test(type);
  // A problem is our own server's, so is its 404: what was asked about is not there. Any other 404 is of another program.
  const isForeign = status === 404 && !type.startsWith('application/problem+json');
  if (status === 401 || isForeign || !isJson) {
    response.destroy();
    throw new ServerGoneError(`${url} takes no operator’s requests with this token (status ${status})`);
  }
  return objectsOf(linesOf(response, address), status);
}

/** The objects of a body, one a line. */
async function* objectsOf(lines: AsyncIterable<string>, status: number): AsyncGenerator<object, void, undefined> {
  for await (const line of lines) {
    if (line === '') continue;
    const value = parsed(line);
    const problem = value.error ?? value.detail;
    if (status !== 200 || value.error !== undefined) {
      // A 404 that says nothing of its own is that of a path which the listener does not know.
      const hint = status === 404 && problem === value.title ? NOT_THE_LISTENER : '';
      const words = (typeof problem === 'string' ? problem : `the server answered ${status}`) + hint;
      throw WRONG_USE.includes(status) ? new UsageError(words) : new RefusedError(words);
    }
    yield value;
  }
}

function parsed(line: string): Answer {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    throw new RefusedError('what answered is no server of tokenledger: it sent something else than an object a line');
  }
}

/** Not by `readline`, which does not report that its input was cut off. */
async function* linesOf(response: IncomingMessage, url: URL): AsyncGenerator<string, void, undefined> {
  let rest = '';
  try {
    for await (const text of response.setEncoding('utf8') as AsyncIterable<string>) {
      const end = text.lastIndexOf('\n');
      if (end < 0) {
        rest += text;
        continue;
      }
      yield* (rest + text.slice(0, end)).split('\n');
      rest = text.slice(end + 1);
    }
  } catch (error) {
    throw lost(url, error);
  }
  yield rest;
}
