import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { fewRandomBytes } from './random-bytes.js';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Something encrypted does not open: it was changed, or belongs to another key, user or field. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** Encrypts with AES-256-GCM: nonce, ciphertext, tag. `context` is bound to it but not part of it. */
export function encrypt(key: KeyObject, plain: Uint8Array, context: string): Buffer {
  const nonce = fewRandomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What `encrypt` was given. Throws `SealError` unless key and context are the same and nothing was changed. */
export function decrypt(key: KeyObject, sealed: Uint8Array, context: string): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new SealError('too short');
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(context))
    .setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
  } catch {
    throw new SealError('does not open');
  }
}
