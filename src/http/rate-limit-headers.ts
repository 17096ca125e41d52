import type { Attempt, Admission, LimitStatus, Refusal } from '../security/limits/limit-answers.js';

/** The one place that knows which draft the fields follow. Version 10 names the items of both fields by their policy. */
export const RATE_LIMIT_DRAFT = 'draft-ietf-httpapi-ratelimit-headers-10';

/**
 * The header fields of an answer to a limited request (the draft's §3 and §4): `RateLimit-Policy: "login";q=10;w=60` and
 * `RateLimit: "login";r=9;t=30`, and, when it is refused, `Retry-After`, which is never earlier than `t`. Without a limit
 * that the client may know of there is none of the two.
 */
export function rateLimitHeaders({
  refused,
  shown,
}: Pick<Attempt | Admission | Refusal, 'refused' | 'shown'>): Record<string, string> {
  const headers: Record<string, string> = {};
  if (shown.length > 0) {
    headers['RateLimit-Policy'] = list(shown, ({ quota, windowSeconds }) => `q=${quota};w=${windowSeconds}`);
    headers.RateLimit = list(shown, ({ remaining, resetSeconds }) => `r=${remaining};t=${resetSeconds}`);
  }
  if (refused !== null) {
    const seconds = Math.max(refused.retryAfterSeconds, ...shown.map(({ resetSeconds }) => resetSeconds));
    headers['Retry-After'] = String(seconds);
  }
  return headers;
}

/** A List of Strings with parameters (RFC 9651 §3.1). Policies' names have no character that needs an escape. */
function list(shown: readonly LimitStatus[], parameters: (status: LimitStatus) => string): string {
  return shown.map((status) => `"${status.policy}";${parameters(status)}`).join(', ');
}
