import { messageOf } from '../domain/message-of.js';
import { StreamDestroyedError } from '../event-store/errors.js';
import { RefusedEventError } from '../event-store/event-log.js';
import { UnappliedEventError } from '../processors/processor.js';
import { KeyFileRefusedError } from '../security/keyring.js';
import { SealError } from '../security/aes-gcm.js';
import { KeyMissingError } from '../security/sealing.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { KeyFileError } from '../security/key-file.js';
import type { OperatorDependencies } from './dependencies.js';
import { OperatorInputError, OperatorRefusedError } from './errors.js';
import { operate } from './operations.js';

/** An answer to POST /operator/<name>, for the operations listener to send. */
export interface OperatorResponse {
  readonly status: 200 | 409 | 422 | 503;
  readonly contentType: 'application/json' | 'application/jsonl';
  /** The text, or lines as they come. */
  readonly body: string | AsyncIterable<string>;
}

/**
 * Answers an operator's request: 200 with one JSON object, or with JSON Lines; 409 if it was refused, 422 if it was asked for
 * wrongly, 503 if a store cannot answer, each with `{error}`. Lines that have begun end with an `{error}` line instead; what nobody
 * foresaw goes to `onDefect` then. Before, that rejects.
 */
export async function answerOperator(
  dependencies: OperatorDependencies,
  name: string,
  input: unknown,
  onDefect: (error: unknown) => void,
): Promise<OperatorResponse> {
  try {
    const answer = operate(dependencies, name, input);
    if (Symbol.asyncIterator in answer)
      return { status: 200, contentType: 'application/jsonl', body: linesOf(answer, onDefect) };
    return { status: 200, contentType: 'application/json', body: JSON.stringify(await answer) };
  } catch (error) {
    const status = statusOf(error);
    if (status === null) throw error;
    return { status, contentType: 'application/json', body: JSON.stringify({ error: messageOf(error) }) };
  }
}

const DEFECT = 'the server failed at this in a way that nobody foresaw: its log has the details';

async function* linesOf(
  answer: AsyncIterable<object>,
  onDefect: (error: unknown) => void,
): AsyncGenerator<string, void, undefined> {
  try {
    for await (const value of answer) yield `${JSON.stringify(value)}\n`;
  } catch (error) {
    const isForeseen = statusOf(error) !== null;
    // The status has gone out, so a line is all that can still say it.
    if (!isForeseen) onDefect(error);
    yield `${JSON.stringify({ error: isForeseen ? messageOf(error) : DEFECT })}\n`;
  }
}

const REFUSALS = [
  OperatorRefusedError,
  KeyFileError,
  KeyFileRefusedError,
  UnappliedEventError,
  RefusedEventError,
  StreamDestroyedError,
  KeyMissingError,
  SealError,
];

function statusOf(error: unknown): 409 | 422 | 503 | null {
  if (error instanceof OperatorInputError) return 422;
  if (error instanceof StoreUnavailableError) return 503;
  // A damaged file, by its name: the adapter is not loaded to recognise it.
  const isDamagedFile = error instanceof Error && error.name === 'SqliteOpenError';
  return isDamagedFile || REFUSALS.some((kind) => error instanceof kind) ? 409 : null;
}
