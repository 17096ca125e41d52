import type { Context } from 'koa';
import { z } from 'zod';
import type { RefreshResult, TokenPair } from '../../commands/commands.js';
import { parseIdempotencyKey } from '../../security/attempt.js';
import type { HttpServices } from '../dependencies.js';
import { presentedTokens, type PresentedTokens } from '../presented-tokens.js';
import { Problem } from '../problem.js';
import { sourceOf, stateOf } from '../request-context.js';
import { defineRoute, type Route } from '../routing/route.js';
import { optionalMember } from '../schemas.js';
import { TokenPairView, tokenPairView } from '../views.js';

/** The member `refresh_token`; without it, the token is the cookie's. */
export const RefreshTokenBody = z.object({ refresh_token: optionalMember(z.string().min(1)) });

/** Each of these means that the token is of no use any more. */
const DEAD = {
  invalid: 'token_invalid',
  expired: 'token_expired',
  revoked: 'token_revoked',
  reused: 'token_reused',
} as const;

/** Exchanging a refresh token for its successor. */
export const refreshRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/refresh',
    summary: 'Refresh',
    description:
      'Exchanges a refresh token for the next pair. With an `Idempotency-Key` that names the attempt, a retry gets the same pair ' +
      'as long as it was not used, however late it comes.',
    tag: 'sessions',
    input: {
      body: RefreshTokenBody,
      bodyIsOptional: true,
      headers: z.object({ 'idempotency-key': z.string().optional().describe('At most 255 characters, bare or quoted.') }),
    },
    outputs: { 200: TokenPairView },
    problems: [
      'validation_failed',
      'invalid_idempotency_key',
      'invalid_dpop_proof',
      'token_invalid',
      'token_expired',
      'token_revoked',
      'token_reused',
      'origin_refused',
      'too_many_requests',
    ],
    errorFormat: 'problem',
    who: 'anyone',
    cookies: true,
    handler: async ({ ctx, body, headers }, services: HttpServices) => {
      const idempotencyKey = parseIdempotencyKey(headers['idempotency-key']);
      if (!idempotencyKey.ok)
        throw new Problem('invalid_idempotency_key', { detail: 'Send 1 to 255 printable characters.' });
      const presented = presentedTokens(ctx, body.refresh_token, services);
      const refresh = await refreshFirstAlive(ctx, presented, idempotencyKey.key, services);
      if ('position' in refresh) {
        // A rotation, of which there are many, changes nothing that the user's other sessions have to wait for.
        const userId = 'tokens' in refresh ? null : refresh.userId;
        services.positions.answer(ctx, { position: refresh.position, userId });
      }
      // Headers set here survive the error response, so a dead cookie leaves the browser.
      if (presented.inCookie && refresh.outcome in DEAD) services.cookie.clear(ctx);
      const tokens = tokensOf(refresh, services);
      if (presented.inCookie) services.cookie.set(ctx, tokens);
      return { status: 200, body: tokenPairView(tokens, presented.inCookie) };
    },
  }),
];

/** Of several cookies the one whose family is alive wins; if none is, the answer is about the most promising one. */
async function refreshFirstAlive(
  ctx: Context,
  { tokens: [first, ...others] }: PresentedTokens,
  idempotencyKey: string | null,
  services: HttpServices,
): Promise<RefreshResult> {
  const refreshed = await refreshOne(ctx, first, idempotencyKey, services);
  if (!(refreshed.outcome in DEAD)) return refreshed;
  for (const other of others) {
    const result = await refreshOne(ctx, other, idempotencyKey, services);
    if (!(result.outcome in DEAD)) return result;
  }
  return refreshed;
}

async function refreshOne(
  ctx: Context,
  refreshToken: string,
  idempotencyKey: string | null,
  { commands, metrics, securityLog }: HttpServices,
): Promise<RefreshResult> {
  const source = sourceOf(ctx);
  const refresh = await commands.refresh({ refreshToken, idempotencyKey, jkt: null, clientId: null }, source);
  metrics.refresh(refresh.outcome);
  if (refresh.outcome === 'reused') metrics.ended('reuse');
  if (refresh.outcome === 'reused' || refresh.outcome === 'contested') {
    const { userId, sid: sessionId } = refresh;
    const subject = { userId, sessionId, ip: source.ip, requestId: stateOf(ctx).requestId };
    securityLog.record(refresh.outcome === 'reused' ? 'token_reused' : 'token_contested', subject);
  }
  return refresh;
}

function tokensOf(refresh: RefreshResult, { metrics }: Pick<HttpServices, 'metrics'>): TokenPair {
  switch (refresh.outcome) {
    case 'rotated':
    case 'redelivered':
    case 'contested':
      return refresh.tokens;
    case 'limited':
      metrics.limited('rotation');
      throw new Problem('too_many_requests', { headers: { 'Retry-After': String(refresh.retryAfterSeconds) } });
    case 'invalid_proof':
      throw new Problem('invalid_dpop_proof');
    case 'invalid':
    case 'expired':
    case 'revoked':
    case 'reused':
      throw new Problem(DEAD[refresh.outcome]);
  }
}
