import type { Context, Next } from 'koa';
import { OutdatedInstanceError, StoreRefusedError, StreamDestroyedError } from '../event-store/errors.js';
import { RefusedEventError } from '../event-store/event-log.js';
import { ClientGoneError, TooBusyError } from '../security/passwords.js';
import { KeyMissingError } from '../security/sealing.js';
import { StreamIndexMissingError } from '../audit/context.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { AlteredDocumentError } from '../read-model/intact-documents.js';
import { Problem } from './problem.js';
import type { ProblemCode } from './problem-codes.js';
import { stateOf } from './request-context.js';
import type { SecurityLog } from './security-log.js';

const RETRY_AFTER_SECONDS = '2';
/** The store refuses this server, or the log was altered: only an operator can help. */
const OPERATORS_MATTER = [StoreRefusedError, RefusedEventError];

/** Answers whatever goes wrong, and every failed status that has no body yet, in the error format of the route. */
export function errorHandler(
  securityLog: Pick<SecurityLog, 'streamDestroyed'>,
): (ctx: Context, next: Next) => Promise<void> {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status >= 400 && (ctx.body === undefined || ctx.body === null)) answerProblem(ctx, problemOfStatus(ctx));
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status >= 500 && error !== problem) stateOf(ctx).failure = error;
      if (error instanceof StreamDestroyedError) securityLog.streamDestroyed(error.stream);
      answerProblem(ctx, problem);
    }
  };
}

/** Headers set before survive, so that an answer can fail and still remove a dead cookie. */
function answerProblem(ctx: Context, problem: Problem): void {
  const state = stateOf(ctx);
  state.code = problem.code;
  const { status, headers, type, body } = problem.answer(state.errorFormat, state.requestId);
  ctx.status = status;
  ctx.set(headers);
  ctx.body = body;
  ctx.type = type;
}

function problemOfStatus(ctx: Context): Problem {
  return new Problem(ctx.status === 404 ? 'not_found' : 'malformed_request');
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TooBusyError)
    return new Problem('too_many_requests', { headers: { 'Retry-After': String(error.retryAfterSeconds) } });
  if (error instanceof StoreUnavailableError) {
    // An operator has to be asked for a rebuild: waiting alone may not help.
    const detail =
      error instanceof StreamIndexMissingError || error instanceof AlteredDocumentError
        ? `${error.message}.`
        : `The ${error.store} is not available; try again shortly.`;
    return new Problem('unavailable', { detail, headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
  }
  if (error instanceof OutdatedInstanceError) {
    const detail = 'This instance of the server is out of date; try again shortly.';
    return new Problem('unavailable', { detail, headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
  }
  if (OPERATORS_MATTER.some((kind) => error instanceof kind))
    return new Problem('unavailable', { headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
  // Nobody reads this answer; the log of requests shows a fault of the client, not of the server.
  if (error instanceof ClientGoneError) return new Problem('request_timeout');
  // A session or a user whose stream is gone does not exist, nor does a user whose key an erasure has just destroyed.
  if (error instanceof StreamDestroyedError || error instanceof KeyMissingError) return new Problem('not_found');
  return new Problem(codeOfStatus(error));
}

/** Koa and its middlewares throw errors that carry a status: a client's fault stays one. */
function codeOfStatus(error: unknown): ProblemCode {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 500;
  if (status === 404) return 'not_found';
  return typeof status === 'number' && status >= 400 && status < 500 ? 'malformed_request' : 'internal_error';
}
