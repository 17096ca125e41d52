import type { ProblemCode } from './problem-codes.js';

/** The errors of RFC 6749 §5.2 and its extensions (RFC 6750 §3.1, RFC 9449 §5 and §8) that stand for our codes. */
const ERRORS: Partial<Readonly<Record<ProblemCode, readonly [status: number, error: string]>>> = {
  malformed_body: [400, 'invalid_request'],
  malformed_request: [400, 'invalid_request'],
  validation_failed: [400, 'invalid_request'],
  unsupported_media_type: [400, 'invalid_request'],
  invalid_idempotency_key: [400, 'invalid_request'],
  token_invalid: [400, 'invalid_grant'],
  token_expired: [400, 'invalid_grant'],
  token_revoked: [400, 'invalid_grant'],
  token_reused: [400, 'invalid_grant'],
  unsupported_grant_type: [400, 'unsupported_grant_type'],
  invalid_dpop_proof: [400, 'invalid_dpop_proof'],
  use_dpop_nonce: [400, 'use_dpop_nonce'],
  invalid_client: [401, 'invalid_client'],
  forbidden: [403, 'insufficient_scope'],
  internal_error: [500, 'server_error'],
  too_many_requests: [429, 'temporarily_unavailable'],
  unavailable: [503, 'temporarily_unavailable'],
};

/** Status and error of a failed request at an OAuth endpoint. What OAuth has no word for is an invalid request. */
export function oauthError(code: ProblemCode, status: number): { readonly status: number; readonly error: string } {
  const [known, error] = ERRORS[code] ?? [status, 'invalid_request'];
  return { status: known, error };
}
