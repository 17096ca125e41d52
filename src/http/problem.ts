/** The codes of problem details, with their status and title: stable, clients depend on them. */
const PROBLEMS = {
  malformed_body: [400, 'The body cannot be read'],
  malformed_request: [400, 'The request cannot be read'],
  invalid_log_position: [400, 'The log position cannot be read'],
  invalid_credentials: [401, 'Wrong address or password'],
  token_invalid: [401, 'The token is not valid'],
  token_expired: [401, 'The token has expired'],
  token_revoked: [401, 'The session has ended'],
  token_reused: [401, 'The token was used before; the session has been ended'],
  origin_refused: [403, 'Not from here'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'The method is not allowed here'],
  request_timeout: [408, 'The request took too long to arrive'],
  email_taken: [409, 'The address is taken'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not supported'],
  validation_failed: [422, 'The input is not valid'],
  too_many_requests: [429, 'Too many attempts'],
  headers_too_large: [431, 'The header fields are too large'],
  internal_error: [500, 'Something went wrong'],
  unavailable: [503, 'A store is not available'],
  not_yet_visible: [503, 'What was written is not visible yet'],
} as const satisfies Readonly<Record<string, readonly [status: number, title: string]>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A place in the input and what is wrong there; never the value. */
export interface InputError {
  readonly path: string;
  readonly message: string;
}

export interface ProblemOptions {
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly InputError[];
}

/** An answer that is no success, as it will be told to the client. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(PROBLEMS[code][1]);
    this.code = code;
    this.status = PROBLEMS[code][0];
    this.headers = options.headers ?? {};
    this.#options = options;
  }

  /** The problem details (RFC 9457 §3). */
  body(requestId: string): string {
    const { detail, errors } = this.#options;
    return JSON.stringify({
      type: `urn:tokenledger:problem:${this.code}`,
      title: this.message,
      status: this.status,
      code: this.code,
      detail: detail ?? this.message,
      request_id: requestId,
      ...(errors === undefined ? {} : { errors }),
    });
  }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
