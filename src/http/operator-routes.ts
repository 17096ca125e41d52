import { createHash, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { Problem } from './problem.js';
import type { ProblemCode } from './problem-codes.js';
import { stateOf } from './request-context.js';
import { bearerToken } from './routing/authenticate.js';
import { JSON_TYPE, readBody, type BodyLimit } from './routing/read-body.js';

/** An answer to the operator's tool: JSON text, or JSON Lines as they come. */
export interface OperatorAnswer {
  readonly status: number;
  readonly contentType: 'application/json' | 'application/jsonl';
  readonly body: string | AsyncIterable<string>;
}

/** What an operator's tool may ask a running server for, and the token that it proves itself with. */
export interface OperatorAnswers {
  readonly token: string;
  readonly answer: (operation: string, input: unknown) => Promise<OperatorAnswer>;
}

/** The code of a refusal in the log, which has one on every line of a failure. */
const CODES: Readonly<Record<number, ProblemCode>> = { 409: 'conflict', 422: 'validation_failed', 503: 'unavailable' };
const PATH = '/operator/:operation';
/** Verifying sends every note that is kept: those of a few years, one an hour, are some ten mebibytes. */
const LIMIT: BodyLimit = {
  bytes: 16 * 1024 * 1024,
  detail:
    'The request is larger than the 16 MiB that a running server takes at once. Nothing was done. Give fewer files to each call.',
};

/** Mounts the operator's operations at POST /operator/<name>, for the holder of the operator token alone. */
export function mountOperator(router: Router, { token, answer }: OperatorAnswers): void {
  const expected = digestOf(token);
  router.post(PATH, async (ctx: Context) => {
    stateOf(ctx).route = PATH;
    // Before the body is read, which may be large.
    if (!timingSafeEqual(digestOf(bearerToken(ctx) ?? ''), expected))
      throw new Problem('token_invalid', { detail: 'Send the operator token as Bearer.' });
    const { value: input } = await readBody(ctx, { accepted: [JSON_TYPE], isOptional: true, limit: LIMIT });
    if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new Problem('validation_failed');
    const { operation = '' } = ctx.params as Record<string, string>;
    const { status, contentType, body } = await answer(operation, input);
    const code = CODES[status];
    if (code !== undefined) stateOf(ctx).code = code;
    ctx.status = status;
    ctx.body = typeof body === 'string' ? body : Readable.from(body);
    ctx.type = `${contentType}; charset=utf-8`;
  });
}

/** Digests have one length, so the comparison takes the same time whatever was sent. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
