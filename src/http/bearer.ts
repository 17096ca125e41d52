import type { Context } from 'koa';
import type { Bearer, Commands } from '../commands/commands.js';
import { Problem, type ProblemCode } from './problem.js';

const CODES = { invalid: 'token_invalid', expired: 'token_expired', revoked: 'token_revoked' } as const;

/** The holder of the request's Bearer token (RFC 6750 §2.1). Throws `Problem` 401 if there is none that is accepted. */
export async function bearerOf(ctx: Context, commands: Pick<Commands, 'authenticate'>): Promise<Bearer> {
  const token = /^Bearer +([\w~+/.=-]+) *$/i.exec(ctx.get('Authorization'))?.[1];
  if (token === undefined) {
    // RFC 6750 §3.1: without a token the challenge tells no error.
    throw new Problem('token_invalid', { detail: 'Send a Bearer token.', headers: { 'WWW-Authenticate': 'Bearer' } });
  }
  const authentication = await commands.authenticate(token);
  if (authentication.outcome !== 'authenticated') throw unauthorized(CODES[authentication.outcome]);
  const { userId, sid, deviceId, position } = authentication;
  return { userId, sid, deviceId, position };
}

/** 401 for a Bearer token that was once good, or never. */
export function unauthorized(code: ProblemCode): Problem {
  return new Problem(code, { headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } });
}
