import { sign } from 'node:crypto';
import type { AccessKeyPair } from './held-keys.js';

/**
 * A JWT in compact form (RFC 7515 §7.1) that verifies through the JWK Set. Signed synchronously: WebCrypto would share a thread pool
 * with password hashes.
 */
export function signedJwt(pair: AccessKeyPair, typ: string, payload: object): string {
  const { alg, key } = pair;
  const input = `${headerOf(pair, typ)}.${encoded(payload)}`;
  const digest = alg === 'EdDSA' ? null : 'sha256';
  // JWS wants r and s side by side (RFC 7518 §3.4); other kinds of keys ignore it.
  const signature = sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

const HEADERS = new WeakMap<AccessKeyPair, Map<string, string>>();

/** The same for every token of a type that a key signs. */
function headerOf(pair: AccessKeyPair, typ: string): string {
  const headers = HEADERS.get(pair) ?? new Map<string, string>();
  HEADERS.set(pair, headers);
  const { alg, kid } = pair;
  const header = headers.get(typ) ?? encoded({ alg, typ, kid });
  headers.set(typ, header);
  return header;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
