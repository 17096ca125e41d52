import { sign, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as Sodium from 'sodium-native';

const SIGNATURE_BYTES = 64;

const secretKeys = new WeakMap<KeyObject, Buffer>();
/** See `libsodium`; undefined before it was looked for. */
let loaded: typeof Sodium | null | undefined;

/**
 * An Ed25519 signature (RFC 8032 §5.1.6), 64 bytes, the same by either library: libsodium takes little more than half of the time that
 * OpenSSL does, and signing is the dearest part of a rotation.
 */
export function signEd25519(key: KeyObject, message: Uint8Array): Buffer {
  const sodium = libsodium();
  return sodium === null ? sign(null, message, key) : signedBySodium(sodium, key, message);
}

/** Null where it is not there prebuilt (musl). It takes 4 MB, so it is loaded when something is signed. */
export function libsodium(): typeof Sodium | null {
  if (loaded === undefined) loaded = load();
  return loaded;
}

function signedBySodium({ crypto_sign_detached }: typeof Sodium, key: KeyObject, message: Uint8Array): Buffer {
  const signature = Buffer.allocUnsafe(SIGNATURE_BYTES);
  crypto_sign_detached(signature, message as Buffer, secretKeyOf(key));
  return signature;
}

/** As libsodium wants it: the seed with the public key after it. */
function secretKeyOf(key: KeyObject): Buffer {
  const known = secretKeys.get(key);
  if (known !== undefined) return known;
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const secretKey = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]);
  secretKeys.set(key, secretKey);
  return secretKey;
}

function load(): typeof Sodium | null {
  try {
    return createRequire(import.meta.url)('sodium-native') as typeof Sodium;
  } catch {
    return null;
  }
}
