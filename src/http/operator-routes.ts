import { createHash, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { Problem } from './problem.js';
import { stateOf } from './request-context.js';
import { bearerToken } from './routing/authenticate.js';
import { JSON_TYPE, readBody } from './routing/read-body.js';

/** Something that an operator can ask a running server for. */
export interface OperatorOperation {
  readonly name: string;
  /** One object, or several that are answered as JSON Lines. Throws `Problem` for what cannot be done. */
  readonly run: (input: object) => Promise<object> | AsyncIterable<object>;
}

/**
 * Mounts each operation as POST /operator/<name>, for those who have the operator's token. An answer is JSON; one of several objects is
 * JSON Lines, sent as they come.
 */
export function mountOperations(router: Router, operations: readonly OperatorOperation[], token: string): void {
  const expected = digestOf(token);
  for (const { name, run } of operations) {
    const path = `/operator/${name}`;
    router.post(path, async (ctx: Context) => {
      stateOf(ctx).route = path;
      if (!timingSafeEqual(digestOf(bearerToken(ctx) ?? ''), expected))
        throw new Problem('token_invalid', { detail: 'Send the operator token as Bearer.' });
      const input = await readBody(ctx, { accepted: [JSON_TYPE], isOptional: true });
      if (typeof input !== 'object' || input === null || Array.isArray(input)) throw new Problem('validation_failed');
      const answer = run(input);
      if (isSeveral(answer)) {
        ctx.body = Readable.from(jsonLines(answer));
        ctx.type = 'application/jsonl; charset=utf-8';
      } else {
        ctx.body = JSON.stringify(await answer);
        ctx.type = 'application/json; charset=utf-8';
      }
    });
  }
}

/** Digests have one length, so the comparison takes the same time whatever was sent. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function isSeveral(answer: Promise<object> | AsyncIterable<object>): answer is AsyncIterable<object> {
  return Symbol.asyncIterator in answer;
}

async function* jsonLines(items: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const item of items) yield `${JSON.stringify(item)}\n`;
}
