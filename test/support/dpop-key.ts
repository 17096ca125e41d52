import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';

/** What a proof says other than usual; null leaves a claim out. */
export interface ProofChanges {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A client's key, and proofs by it (RFC 9449 §4.2). */
export interface DpopKey {
  readonly jkt: string;
  readonly jwk: JWK;
  proof(method: string, url: string, changes?: ProofChanges): Promise<string>;
  /** With the hash of the access token that goes with it. */
  proofFor(accessToken: string, method: string, url: string): Promise<string>;
}

export async function dpopKey(alg = 'ES256'): Promise<DpopKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const proof: DpopKey['proof'] = (htm, htu, { claims = {}, header = {} } = {}) => {
    const all: Record<string, unknown> = { jti: randomUUID(), htm, htu, iat: Math.floor(Date.now() / 1000), ...claims };
    const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
    return new SignJWT(payload).setProtectedHeader({ alg, typ: 'dpop+jwt', jwk, ...header }).sign(privateKey);
  };
  return {
    jkt: await calculateJwkThumbprint(jwk),
    jwk,
    proof,
    proofFor: (accessToken, method, url) =>
      proof(method, url, { claims: { ath: createHash('sha256').update(accessToken).digest('base64url') } }),
  };
}
