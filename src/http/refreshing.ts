import type { Context } from 'koa';
import type { Presented, RefreshResult, RequestSource, TokenPair } from '../commands/commands.js';
import { parseIdempotencyKey } from '../security/attempt.js';
import type { HttpServices } from './dependencies.js';
import { Problem } from './problem.js';
import { stateOf } from './request-context.js';

/** Each of these means that the token is of no use any more. */
export const DEAD = {
  invalid: 'token_invalid',
  expired: 'token_expired',
  revoked: 'token_revoked',
  reused: 'token_reused',
} as const;

/** The key of an `Idempotency-Key` header; null without one. Throws `Problem` 400. */
export function idempotencyKeyOf(ctx: Context, header: string | undefined): string | null {
  const idempotencyKey = parseIdempotencyKey(header);
  // Node joins several headers with commas: two attempts are not one.
  const isOne = header?.includes(',') !== true || ctx.req.headersDistinct['idempotency-key']?.length === 1;
  if (!idempotencyKey.ok || !isOne)
    throw new Problem('invalid_idempotency_key', { detail: 'Send it once, with 1 to 255 printable characters.' });
  return idempotencyKey.key;
}

/** One refresh token and the request that presents it. */
export interface Presentation {
  readonly presented: Presented;
  readonly source: RequestSource;
}

/** Presents one refresh token, and notes in metrics and security log what came of it. */
export async function refreshOne(
  ctx: Context,
  { presented, source }: Presentation,
  services: HttpServices,
): Promise<RefreshResult> {
  const refresh = await services.commands.refresh(presented, source);
  note(ctx, refresh, source, services);
  return refresh;
}

/** Presents one of several refresh tokens if it is good; null if it is not: then it counts as not presented, and nothing is noted. */
export async function refreshIfGood(
  ctx: Context,
  { presented, source }: Presentation,
  services: HttpServices,
): Promise<RefreshResult | null> {
  const refresh = await services.commands.refreshIfGood(presented, source);
  if (refresh === null || refresh.outcome in DEAD) return null;
  note(ctx, refresh, source, services);
  return refresh;
}

function note(
  ctx: Context,
  refresh: RefreshResult,
  source: RequestSource,
  { metrics, securityLog }: Pick<HttpServices, 'metrics' | 'securityLog'>,
): void {
  metrics.refresh(refresh.outcome);
  if (refresh.outcome === 'reused') metrics.ended('reuse');
  if (refresh.outcome === 'reused' || refresh.outcome === 'contested') {
    const { userId, sid: sessionId } = refresh;
    const subject = { userId, sessionId, ip: source.ip, requestId: stateOf(ctx).requestId };
    securityLog.record(refresh.outcome === 'reused' ? 'token_reused' : 'token_contested', subject);
  }
}

/** Answers where the log stands after a refresh that was decided by it. */
export function answerPosition(ctx: Context, refresh: RefreshResult, { positions }: Pick<HttpServices, 'positions'>): void {
  if (!('position' in refresh)) return;
  // A rotation, of which there are many, changes nothing that the user's other sessions have to wait for.
  positions.answer(ctx, { position: refresh.position, userId: 'tokens' in refresh ? null : refresh.userId });
}

/** The tokens of a refresh that succeeded. Throws `Problem` for every other outcome. */
export function tokensOf(refresh: RefreshResult, { metrics }: Pick<HttpServices, 'metrics'>): TokenPair {
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
