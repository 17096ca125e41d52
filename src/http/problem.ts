import { PROBLEMS, type ProblemCode } from './problem-codes.js';
import { oauthError } from './oauth-errors.js';

/** For a request without a token it names no error (RFC 6750 §3.1), but a parameter has to be there (§3). */
export const BEARER_CHALLENGE = 'Bearer realm="tokenledger"';

/** How a failure is answered: problem details (RFC 9457), or the errors of OAuth 2.0 (RFC 6749 §5.2). */
export type ErrorFormat = 'problem' | 'oauth';

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

/** A request that fails, as the client will see it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly #options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    // Where a client's fault was found is of no use to anybody, and a stack costs more than the rest of its answer.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(PROBLEMS[code][1]);
    Error.stackTraceLimit = limit;
    this.code = code;
    this.#options = options;
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  /** The answer in the format of the route, with the headers that belong to it. */
  answer(format: ErrorFormat, requestId: string): ProblemAnswer {
    return format === 'oauth' ? this.#oauthAnswer() : this.#problemAnswer(requestId);
  }

  #problemAnswer(requestId: string): ProblemAnswer {
    const { detail = this.message, errors, headers = {} } = this.#options;
    const { code, status, message: title } = this;
    const type = `urn:tokenledger:problem:${code}`;
    const body = { type, title, status, code, detail, request_id: requestId, ...(errors === undefined ? {} : { errors }) };
    // RFC 9110 §15.5.2: a 401 names a way to authenticate. Some clients fail on one that does not.
    const challenge = status === 401 ? { 'WWW-Authenticate': BEARER_CHALLENGE } : {};
    return { status, headers: { ...challenge, ...headers }, type: PROBLEM_TYPE, body: JSON.stringify(body) };
  }

  #oauthAnswer(): ProblemAnswer {
    const { detail = this.message, headers = {} } = this.#options;
    // RFC 6750 §3.1: an access token that is refused is another thing than a grant that is.
    const isOfToken = this.status === 401 && /^(?:Bearer|DPoP)/.test(headers['WWW-Authenticate'] ?? '');
    const { status, error } = isOfToken ? { status: 401, error: 'invalid_token' } : oauthError(this.code, this.status);
    // RFC 6749 §5.2 allows neither quotes, backslashes nor characters beyond ASCII in a description.
    const description = detail.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '');
    const body = JSON.stringify({ error, error_description: description });
    return { status, headers, type: 'application/json; charset=utf-8', body };
  }
}

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly type: string;
  readonly body: string;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
