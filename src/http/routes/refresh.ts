import type { Context } from 'koa';
import { z } from 'zod';
import type { Presented, RefreshResult, RequestSource } from '../../commands/commands.js';
import type { HttpServices } from '../dependencies.js';
import { presentedTokens, type PresentedTokens } from '../presented-tokens.js';
import {
  answerPosition,
  DEAD,
  idempotencyKeyOf,
  refreshIfGood,
  refreshOne,
  tokensOf,
  type Presentation,
} from '../refreshing.js';
import { defineRoute, type Route } from '../routing/route.js';
import { optionalMember } from '../schemas.js';
import { TokenPairView, tokenPairView } from '../views.js';

/** The member `refresh_token`; without it, the token is the cookie's. */
export const RefreshTokenBody = z.object({
  refresh_token: optionalMember(z.string()).transform((token) => (token === '' ? null : token)),
});

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
      'use_dpop_nonce',
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
    handler: async ({ ctx, body, headers, source }, services: HttpServices) => {
      const idempotencyKey = idempotencyKeyOf(ctx, headers['idempotency-key']);
      const presented = presentedTokens(ctx, body.refresh_token, services);
      const jkt = await services.dpop.provenKey(ctx);
      const [first, ...others] = presented.tokens;
      const refresh =
        others.length === 0
          ? await refreshOne(ctx, presentation(first, { idempotencyKey, jkt }, source), services)
          : await refreshBest(
              ctx,
              presented.tokens,
              (token) => presentation(token, { idempotencyKey, jkt }, source),
              services,
            );
      answerPosition(ctx, refresh, services);
      // Headers set here survive the error response, so a dead cookie leaves the browser.
      if (presented.inCookie && refresh.outcome in DEAD) services.cookie.clear(ctx);
      const tokens = tokensOf(refresh, services);
      if (presented.inCookie) services.cookie.set(ctx, tokens);
      return { status: 200, body: tokenPairView(tokens, presented.inCookie) };
    },
  }),
];

function presentation(
  refreshToken: string,
  { idempotencyKey, jkt }: Pick<Presented, 'idempotencyKey' | 'jkt'>,
  source: RequestSource,
): Presentation {
  return { presented: { refreshToken, idempotencyKey, jkt, clientId: null }, source };
}

/**
 * Of several cookies the first one that is good wins. The others are not presented: an old one that was left over would count as theft
 * and end a family that lives elsewhere. A retry brings the same cookies, and comes to the same one. If none is good, the answer is
 * about the most promising one.
 */
async function refreshBest(
  ctx: Context,
  [first, ...others]: PresentedTokens['tokens'],
  presentationOf: (token: string) => Presentation,
  services: HttpServices,
): Promise<RefreshResult> {
  const present = (token: string): Promise<RefreshResult> => refreshOne(ctx, presentationOf(token), services);
  for (const token of [first, ...others]) {
    const good = await refreshIfGood(ctx, presentationOf(token), services);
    if (good !== null) return good;
  }
  const refreshed = await present(first);
  if (!(refreshed.outcome in DEAD)) return refreshed;
  for (const other of others) {
    const result = await present(other);
    if (!(result.outcome in DEAD)) return result;
  }
  return refreshed;
}
