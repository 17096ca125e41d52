import { generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { isoOf, type Instant } from '../domain/instant.js';
import type {
  AccessAlgorithm,
  AccessKey,
  IntegrityKey,
  KeyFile,
  MailKey,
  MasterKey,
  NoteKey,
  RefreshKey,
} from './key-file-shape.js';

const SECRET_BYTES = 32;
const KID_BYTES = 9;
// Each event carries the id of its integrity key, so that id is short.
const INTEGRITY_KID_BYTES = 4;
const RSA_BITS = 2048;

const generate = promisify(generateKeyPair);

/** When a new key signs: at once, from an instant, or (null) not before the next rotation. */
export type Start = Instant | null;

/** The keys of a new installation; all of them sign from `now`. */
export async function newKeyFile(now: Instant, alg: AccessAlgorithm): Promise<KeyFile> {
  return {
    version: 2,
    master: [newMasterKey(now)],
    lookup: newSecret(),
    position: newSecret(),
    integrity: [newIntegrityKey(now)],
    mail: [newMailKey(now, now)],
    notes: [await newNoteKey(now)],
    refresh: [newRefreshKey(now, now)],
    access: [await newAccessKey(now, now, alg)],
  };
}

export function newMasterKey(now: Instant): MasterKey {
  return { id: newKid(), createdAt: isoOf(now), secret: newSecret() };
}

export function newIntegrityKey(now: Instant): IntegrityKey {
  return { kid: newKid(INTEGRITY_KID_BYTES), createdAt: isoOf(now), secret: newSecret() };
}

export function newMailKey(now: Instant, start: Start): MailKey {
  return { kid: newKid(), createdAt: isoOf(now), ...startingAt(start), secret: newSecret() };
}

export function newRefreshKey(now: Instant, start: Start): RefreshKey {
  return { kid: newKid(), createdAt: isoOf(now), ...startingAt(start), secret: newSecret() };
}

/** A key pair for access tokens. One for RS256 takes a moment of a core. */
export async function newAccessKey(now: Instant, start: Start, alg: AccessAlgorithm): Promise<AccessKey> {
  const { privateKey } = await generatePair(alg);
  // The check of the whole file judges the shape before it is stored.
  const jwk = privateKey.export({ format: 'jwk' }) as AccessKey['jwk'];
  return { kid: newKid(), createdAt: isoOf(now), alg, ...startingAt(start), jwk };
}

async function newNoteKey(now: Instant): Promise<NoteKey> {
  const { privateKey } = await generatePair('EdDSA');
  return { kid: newKid(), createdAt: isoOf(now), jwk: privateKey.export({ format: 'jwk' }) as NoteKey['jwk'] };
}

function generatePair(alg: AccessAlgorithm): Promise<{ privateKey: KeyObject }> {
  switch (alg) {
    case 'EdDSA':
      return generate('ed25519');
    case 'ES256':
      return generate('ec', { namedCurve: 'P-256' });
    case 'RS256':
      return generate('rsa', { modulusLength: RSA_BITS });
  }
}

function startingAt(start: Start): { signsFrom?: string } {
  return start === null ? {} : { signsFrom: isoOf(start) };
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function newKid(bytes = KID_BYTES): string {
  return randomBytes(bytes).toString('base64url');
}
