/**
 * The codes of problem details, with status and title. They are stable: clients depend on them.
 */
export const PROBLEMS = {
  malformed_body: [400, 'The body cannot be read'],
  malformed_request: [400, 'The request cannot be read'],
  invalid_idempotency_key: [400, 'The Idempotency-Key cannot be read'],
  invalid_log_position: [400, 'The log position was never given'],
  invalid_dpop_proof: [400, 'The DPoP proof is missing or wrong'],
  unsupported_grant_type: [400, 'The grant type is not supported'],
  code_invalid: [400, 'The code is not valid'],
  code_expired: [400, 'The code has expired'],
  invalid_client: [401, 'The client is not known'],
  invalid_credentials: [401, 'Wrong address or password'],
  token_invalid: [401, 'The token is not valid'],
  token_expired: [401, 'The token has expired'],
  token_revoked: [401, 'The session has ended'],
  token_reused: [401, 'The token was used before; the session has been ended'],
  account_disabled: [403, 'The account is disabled'],
  forbidden: [403, 'The role for this is missing'],
  origin_refused: [403, 'Not from here'],
  reauthentication_required: [403, 'Enter the password again'],
  registration_closed: [403, 'Registration is closed'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'The method is not allowed here'],
  request_timeout: [408, 'The request took too long to arrive'],
  email_taken: [409, 'The address is taken'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not supported'],
  password_too_common: [422, 'The password is too common'],
  validation_failed: [422, 'The input is not valid'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'The header fields are too large'],
  internal_error: [500, 'Something went wrong'],
  not_yet_visible: [503, 'What was written is not visible yet'],
  unavailable: [503, 'A store is not available'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>;

export type ProblemCode = keyof typeof PROBLEMS;
