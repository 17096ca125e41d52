import { sign } from 'node:crypto';
import type { AccessKeyPair } from './held-keys.js';

/**
 * A JWT in compact form (RFC 7515 §7.1) that verifies through the JWK Set. Signed synchronously: WebCrypto would share a thread pool
 * with password hashes.
 */
export function signedJwt({ kid, alg, key }: AccessKeyPair, typ: string, payload: object): string {
  const input = `${encoded({ alg, typ, kid })}.${encoded(payload)}`;
  const digest = alg === 'EdDSA' ? null : 'sha256';
  // JWS wants r and s side by side (RFC 7518 §3.4); other kinds of keys ignore it.
  const signature = sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
