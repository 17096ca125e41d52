import type { Context, Next } from 'koa';
import { TooBusyError } from '../security/passwords.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { Problem, PROBLEM_TYPE, type ProblemCode } from './problem.js';
import { requestIdOf, type RequestState } from './request-context.js';

const RETRY_AFTER_SECONDS = '2';

/** Makes a problem of whatever goes wrong, and of every status of failure that has no body yet. */
export async function problemsOfErrors(ctx: Context, next: Next): Promise<void> {
  try {
    await next();
    if (ctx.status >= 400 && (ctx.body === undefined || ctx.body === null)) answer(ctx, problemOfStatus(ctx));
  } catch (error) {
    const problem = problemOf(error);
    if (problem.status >= 500 && error !== problem) (ctx.state as RequestState).failure = error;
    answer(ctx, problem);
  }
}

function answer(ctx: Context, problem: Problem): void {
  ctx.status = problem.status;
  // RFC 9110 §15.5.2: a 401 names a way to authenticate; some clients fail on one that does not.
  if (problem.status === 401) ctx.set('WWW-Authenticate', 'Bearer');
  ctx.set(problem.headers);
  ctx.body = problem.body(requestIdOf(ctx));
  ctx.type = PROBLEM_TYPE;
}

/** What nobody answered has a status alone. */
function problemOfStatus(ctx: Context): Problem {
  return new Problem(ctx.status === 404 ? 'not_found' : 'malformed_request');
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TooBusyError) {
    return new Problem('too_many_requests', { headers: { 'Retry-After': String(error.retryAfterSeconds) } });
  }
  if (error instanceof StoreUnavailableError) {
    const detail = `The ${error.store} is not available; try again shortly.`;
    return new Problem('unavailable', { detail, headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
  }
  return new Problem(codeOfStatus(error));
}

/** Koa and its middlewares throw errors that carry a status: a client's fault stays one. */
function codeOfStatus(error: unknown): ProblemCode {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 500;
  if (status === 404) return 'not_found';
  return typeof status === 'number' && status >= 400 && status < 500 ? 'malformed_request' : 'internal_error';
}
