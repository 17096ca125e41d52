import { sign } from 'node:crypto';
import { signEd25519 } from './ed25519.js';
import type { AccessKeyPair } from './held-keys.js';

/**
 * A JWT in compact form (RFC 7515 §7.1) that verifies through the JWK Set. Signed synchronously: WebCrypto would share a thread pool
 * with password hashes.
 */
export function signedJwt(pair: AccessKeyPair, typ: string, payload: object): string {
  const input = `${headerOf(pair, typ)}.${encoded(payload)}`;
  return `${input}.${signatureOf(pair, Buffer.from(input)).toString('base64url')}`;
}

function signatureOf({ alg, key }: AccessKeyPair, input: Uint8Array): Buffer {
  if (alg === 'EdDSA') return signEd25519(key, input);
  // JWS wants r and s side by side (RFC 7518 §3.4); other kinds of keys ignore it.
  return sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
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
