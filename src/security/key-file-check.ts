import { createPrivateKey, createPublicKey, sign, verify, type JsonWebKey } from 'node:crypto';
import type { AccessAlgorithm, AccessKey, KeyFile } from './key-file-shape.js';
import { KeyFileShape, ROTATING } from './key-file-shape.js';
import type { Schedule } from './key-schedule.js';

const KEY_TYPES: Readonly<Record<AccessAlgorithm, AccessKey['jwk']['kty']>> = { EdDSA: 'OKP', ES256: 'EC', RS256: 'RSA' };
const LEAST_RSA_BYTES = 256;

/** A secret or an id, with its place in the file. */
type Placed = readonly [place: string, value: string];

export type KeyFileVerdict =
  { readonly ok: true; readonly keys: KeyFile } | { readonly ok: false; readonly reason: string };

/**
 * Checks a whole key file: shape, secrets, ids, dates, key pairs, and that a key of each kind signs at any time. The reason names
 * places such as `refresh.0.secret` and holds no secret.
 */
export function checkKeyFile(json: unknown): KeyFileVerdict {
  const parsed = KeyFileShape.safeParse(json);
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => issue.path.join('.') || 'all of it');
    return { ok: false, reason: `not as expected: ${[...new Set(places)].join(', ')}` };
  }
  const keys = parsed.data;
  const reason = wrongSecret(keys) ?? equalIds(keys) ?? wrongDates(keys) ?? noSigner(keys) ?? wrongPair(keys);
  return reason === null ? { ok: true, keys } : { ok: false, reason };
}

function wrongSecret(keys: KeyFile): string | null {
  const seen = new Map<string, string>();
  for (const [place, secret] of secretsOf(keys)) {
    // The bytes decide: one secret has several spellings in base64url.
    const bytes = Buffer.from(secret, 'base64url');
    if (bytes.every((byte) => byte === bytes[0])) return `${place} is no secret`;
    const hex = bytes.toString('hex');
    const other = seen.get(hex);
    if (other !== undefined) return `${place} is the same secret as ${other}`;
    seen.set(hex, place);
  }
  return null;
}

function secretsOf(keys: KeyFile): readonly Placed[] {
  const symmetric = (['master', 'integrity', 'mail', 'refresh'] as const).flatMap((kind) =>
    keys[kind].map(({ secret }, index): Placed => [`${kind}.${index}.secret`, secret]),
  );
  const pairs = (['notes', 'access'] as const).flatMap((kind) =>
    keys[kind].map(({ jwk }, index): Placed => [`${kind}.${index}.jwk.d`, jwk.d]),
  );
  const next = keys.nextIntegrity === undefined ? [] : [['nextIntegrity.secret', keys.nextIntegrity.secret] as const];
  return [['lookup', keys.lookup], ['position', keys.position], ...symmetric, ...next, ...pairs];
}

function equalIds(keys: KeyFile): string | null {
  const kinds = ['integrity', 'mail', 'notes', 'refresh', 'access'] as const;
  const placed: readonly Placed[] = [
    ...keys.master.map(({ id }, index): Placed => [`master.${index}.id`, id]),
    ...(keys.droppedMasters ?? []).map(({ id }, index): Placed => [`droppedMasters.${index}.id`, id]),
    ...kinds.flatMap((kind) => keys[kind].map(({ kid }, index): Placed => [`${kind}.${index}.kid`, kid])),
    ...(keys.nextIntegrity === undefined ? [] : [['nextIntegrity.kid', keys.nextIntegrity.kid] as const]),
  ];
  const seen = new Map<string, string>();
  for (const [place, id] of placed) {
    const other = seen.get(id);
    if (other !== undefined) return `${place} is the same as ${other}`;
    seen.set(id, place);
  }
  return null;
}

function wrongDates(keys: KeyFile): string | null {
  for (const [index, { createdAt, signsFrom }] of keys.integrity.entries())
    if (signsFrom !== undefined && signsFrom < createdAt) return `integrity.${index}.signsFrom is before its createdAt`;
  for (const kind of ROTATING)
    for (const [index, { createdAt, signsFrom, retireAt }] of keys[kind].entries()) {
      if (signsFrom !== undefined && signsFrom < createdAt) return `${kind}.${index}.signsFrom is before its createdAt`;
      if (retireAt !== undefined && retireAt < (signsFrom ?? createdAt))
        return `${kind}.${index}.retireAt is before it signs`;
    }
  return null;
}

/** At any time, and after the retirement of each key, another one must sign. */
function noSigner(keys: KeyFile): string | null {
  for (const kind of ROTATING) {
    const list: readonly Schedule[] = keys[kind];
    if (!list.some(({ signsFrom, retireAt }) => signsFrom !== undefined && retireAt === undefined))
      return `${kind} has no key that signs and does not retire`;
    for (const [index, { retireAt }] of list.entries())
      if (retireAt !== undefined && !list.some((other) => takesOver(other, retireAt)))
        return `${kind}.${index} retires before another key signs`;
  }
  return null;
}

function takesOver({ signsFrom, retireAt }: Schedule, at: string): boolean {
  return signsFrom !== undefined && signsFrom <= at && (retireAt === undefined || retireAt > at);
}

function wrongPair(keys: KeyFile): string | null {
  for (const [index, { jwk }] of keys.notes.entries()) if (!isPair(jwk)) return `notes.${index}.jwk is no key pair`;
  for (const [index, { alg, jwk }] of keys.access.entries()) {
    if (jwk.kty !== KEY_TYPES[alg]) return `access.${index}.jwk is not for ${alg}`;
    if (!isPair(jwk)) return `access.${index}.jwk is no key pair`;
  }
  return null;
}

/** Whether the public part verifies what the private part signs. */
function isPair(jwk: AccessKey['jwk']): boolean {
  if (jwk.kty === 'RSA' && Buffer.from(jwk.n, 'base64url').length < LEAST_RSA_BYTES) return false;
  const digest = jwk.kty === 'OKP' ? null : 'sha256';
  const bytes = Buffer.from('tokenledger');
  try {
    const privateKey = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const publicKey = createPublicKey({ key: publicPart(jwk) as JsonWebKey, format: 'jwk' });
    return verify(digest, bytes, publicKey, sign(digest, bytes, privateKey));
  } catch {
    return false;
  }
}

/** The members of a JWK that anybody may see (RFC 7518 §6, RFC 8037 §2). */
export function publicPart(jwk: AccessKey['jwk']): Readonly<Record<string, string>> {
  switch (jwk.kty) {
    case 'OKP':
      return { kty: jwk.kty, crv: jwk.crv, x: jwk.x };
    case 'EC':
      return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
    case 'RSA':
      return { kty: jwk.kty, n: jwk.n, e: jwk.e };
  }
}
