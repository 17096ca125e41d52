import type { Context } from 'koa';
import { DPOP_ALGORITHMS, type DpopProofs } from '../security/dpop-proofs.js';
import { isLoopbackHost, LOOPBACK_NAMES } from './origins.js';
import type { HttpSettings } from './dependencies.js';
import { Problem } from './problem.js';
import type { ProblemCode } from './problem-codes.js';

const ALGORITHMS = `algs="${DPOP_ALGORITHMS.join(' ')}"`;

/** The proofs of possession that requests carry (DPoP, RFC 9449). */
export class Dpop {
  readonly #proofs: Pick<DpopProofs, 'verify' | 'nonce'>;
  readonly #base: string;
  readonly #isLoopback: boolean;

  /** Proofs name the addresses that clients use: those below our URL, and on a loopback host that host's names at our port. */
  constructor(proofs: Pick<DpopProofs, 'verify' | 'nonce'>, { url, host }: Pick<HttpSettings, 'url' | 'host'>) {
    this.#proofs = proofs;
    this.#base = url.replace(/\/$/, '');
    this.#isLoopback = isLoopbackHost(host);
  }

  /**
   * At an endpoint that hands out tokens: the thumbprint of the key that the request proves; null without a proof. Throws `Problem`
   * 400 for a proof that is not good (RFC 9449 §5 and, for the nonce, §8).
   */
  async provenKey(ctx: Context): Promise<string | null> {
    // An empty header is a proof that is not good: its sender believes that the tokens will be bound.
    const proof = ctx.req.headers.dpop;
    if (proof === undefined) return null;
    this.#offerNonce(ctx);
    const check = await this.#proofs.verify(String(proof), { method: ctx.method, urls: this.#urlsOf(ctx) });
    if (check.ok) return check.jkt;
    throw new Problem(check.needsNonce ? 'use_dpop_nonce' : 'invalid_dpop_proof', { detail: check.reason });
  }

  /**
   * Where an access token is presented (RFC 9449 §7.1): one that is bound to a key needs the scheme `DPoP` and a proof by that key,
   * and that scheme is for no other token. Throws `Problem` 401, whose challenge names the error (for the nonce, §9).
   */
  async checkBound(
    ctx: Context,
    { token, withProof, jkt }: { readonly token: string; readonly withProof: boolean; readonly jkt: string | null },
  ): Promise<void> {
    if (jkt === null)
      throw dpopUnauthorized('token_invalid', 'invalid_token', 'This token is bound to no key: send it as Bearer.');
    if (!withProof)
      throw dpopUnauthorized('token_invalid', 'invalid_token', 'This token is bound to a key: send it as DPoP.');
    this.#offerNonce(ctx);
    const request = { method: ctx.method, urls: this.#urlsOf(ctx), accessToken: token };
    const check = await this.#proofs.verify(ctx.get('DPoP'), request);
    if (!check.ok) {
      const error = check.needsNonce ? 'use_dpop_nonce' : 'invalid_dpop_proof';
      throw dpopUnauthorized('token_invalid', error, check.reason);
    }
    if (check.jkt !== jkt)
      throw dpopUnauthorized('token_invalid', 'invalid_dpop_proof', 'The DPoP proof is by another key.');
  }

  /** With every answer to a proof, refused or taken, so that a client always has a nonce that is fresh (RFC 9449 §8.2). */
  #offerNonce(ctx: Context): void {
    const nonce = this.#proofs.nonce();
    if (nonce !== null) ctx.set('DPoP-Nonce', nonce);
  }

  /** What a client may call the thing that it asks for. Nothing it sends about the server (`Host`) has a part in it. */
  #urlsOf({ path, req }: Context): readonly string[] {
    const own = `${this.#base}${path}`;
    if (!this.#isLoopback) return [own];
    return [own, ...LOOPBACK_NAMES.map((name) => `http://${name}:${String(req.socket.localPort)}${path}`)];
  }
}

/** 401 for an access token that came, or should have come, with a proof. */
export function dpopUnauthorized(code: ProblemCode, error = 'invalid_token', detail?: string): Problem {
  const headers = { 'WWW-Authenticate': `DPoP error="${error}", ${ALGORITHMS}` };
  return new Problem(code, detail === undefined ? { headers } : { detail, headers });
}
