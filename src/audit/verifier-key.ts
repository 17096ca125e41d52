import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { fromBase64 } from './base64.js';

/** By whom a note is signed: an Ed25519 key under a name, which is the origin of the log. */
export interface Verifier {
  readonly name: string;
  /** Four bytes that a signature names its key by. */
  readonly keyId: Buffer;
  readonly publicKey: KeyObject;
}

const ED25519 = Buffer.of(1);
const KEY_BYTES = 32;

/** The verifier of notes that a key signs under a name (C2SP signed-note). */
export function verifierOf(name: string, publicKey: KeyObject): Verifier {
  return { name, keyId: keyIdOf(name, rawKey(publicKey)), publicKey };
}

/** A verifier as text, `name+hash+key`: what an auditor keeps (C2SP signed-note). */
export function verifierKey({ name, keyId, publicKey }: Verifier): string {
  return `${name}+${keyId.toString('hex')}+${Buffer.concat([ED25519, rawKey(publicKey)]).toString('base64')}`;
}

/** A verifier from its text; null for what is none, or names another key than it holds. */
export function parseVerifierKey(text: string): Verifier | null {
  const [, name = '', hash = '', encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? [];
  const bytes = fromBase64(encoded);
  if (bytes?.length !== KEY_BYTES + 1 || bytes[0] !== ED25519[0]) return null;
  const raw = bytes.subarray(1);
  const keyId = keyIdOf(name, raw);
  if (keyId.toString('hex') !== hash) return null;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') };
  return { name, keyId, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) };
}

function keyIdOf(name: string, raw: Buffer): Buffer {
  return createHash('sha256').update(`${name}\n`).update(ED25519).update(raw).digest().subarray(0, 4);
}

function rawKey(publicKey: KeyObject): Buffer {
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}
