import type { RequestHandler } from 'express';
import * as oauth from 'oauth4webapi';

declare module 'express-serve-static-core' {
  interface Request {
    /** The claims of the access token that came with the request, once `accessToken()` let it in. */
    token?: oauth.JWTAccessTokenClaims;
  }
}

export interface AccessTokenOptions {
  /** The issuer of tokenledger, letter for letter. */
  readonly issuer: string;
  /** What clients call this API: proofs name it. What a request says of its host has no part in this. */
  readonly publicUrl: string;
  /** `AUDIENCE` of tokenledger. */
  readonly audience?: string;
}

/** As long as a proof may be taken for one of now, either way. */
const PROOF_LIFE_MS = 10 * 60_000;
/** These say that the keys could not be had, not that the token is wrong. */
const NOT_OF_TOKEN: readonly unknown[] = [oauth.RESPONSE_IS_NOT_CONFORM, oauth.RESPONSE_IS_NOT_JSON, oauth.PARSE_ERROR];

/**
 * Lets in who sends a good access token (RFC 9068): `Bearer`, or `DPoP` with a proof if it is bound to a key (RFC 9449 §7). Answers 401
 * otherwise.
 */
export function accessToken({ issuer, publicUrl, audience = 'tokenledger' }: AccessTokenOptions): RequestHandler {
  const server: oauth.AuthorizationServer = { issuer, jwks_uri: `${issuer.replace(/\/$/, '')}/.well-known/jwks.json` };
  const options = { [oauth.allowInsecureRequests]: issuer.startsWith('http://'), [oauth.clockTolerance]: 10 };
  const isNew = onlyOnce();
  return async (request, response, next) => {
    const { authorization = '', dpop } = request.headers;
    const scheme = /^dpop /i.test(authorization) ? 'DPoP' : 'Bearer';
    const refuse = (error?: string): void => {
      const parameters = [
        ...(error === undefined ? [] : [`error="${error}"`]),
        ...(scheme === 'DPoP' ? ['algs="ES256"'] : []),
      ];
      response
        .status(401)
        .set('WWW-Authenticate', `${scheme} ${parameters.join(', ')}`.trim())
        .json({ error });
    };
    if (authorization === '') return refuse();
    try {
      const headers = { authorization, ...(typeof dpop === 'string' ? { dpop } : {}) };
      const asked = new Request(new URL(request.originalUrl, publicUrl), { method: request.method, headers });
      request.token = await oauth.validateJwtAccessToken(server, asked, audience, options);
    } catch (error) {
      const isOfToken = error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError;
      return isOfToken && !NOT_OF_TOKEN.includes(error.code) ? refuse('invalid_token') : next(error);
    }
    return scheme === 'Bearer' || isNew(String(dpop)) ? next() : refuse('invalid_dpop_proof');
  };
}

/** Says of each proof whether it comes for the first time. Several instances of an API share that, for example in Redis. */
function onlyOnce(): (proof: string) => boolean {
  const seen = new Map<string, number>();
  return (proof) => {
    const now = Date.now();
    for (const [old, until] of seen) {
      if (until > now) break;
      seen.delete(old);
    }
    // The signed part: a signature has several spellings.
    const id = proof.slice(0, proof.lastIndexOf('.'));
    if (seen.has(id)) return false;
    seen.set(id, now + PROOF_LIFE_MS);
    return true;
  };
}
