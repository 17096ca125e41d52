import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { allIntegrityKeys } from './integrity-keys.js';
import { publicPart } from './key-file-check.js';
import type { AccessAlgorithm, AccessKey, KeyFile, NoteKey, RefreshKey } from './key-file-shape.js';
import type { Schedule } from './key-schedule.js';

/** A key and its name. */
export interface NamedKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/** A key that signs access tokens, and by which they verify. */
export interface AccessKeyPair extends NamedKey {
  readonly alg: AccessAlgorithm;
  readonly publicKey: KeyObject;
}

/** A public key of the JWK Set (RFC 7517 §4). */
export interface PublicJwk extends Readonly<Record<string, string>> {
  readonly kty: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: AccessAlgorithm;
}

/** A key pair (Ed25519) that signs checkpoint notes. */
export interface NoteKeyPair extends NamedKey {
  /** ISO 8601. */
  readonly createdAt: string;
  readonly publicKey: KeyObject;
}

interface Held extends NamedKey, Schedule {}
interface HeldAccess extends AccessKeyPair, Schedule {
  readonly publicJwk: PublicJwk;
}

/** All that a key file gives, ready to use: replaced as a whole. */
export interface HeldKeys {
  readonly file: KeyFile;
  readonly lookup: KeyObject;
  readonly position: KeyObject;
  readonly masters: readonly [NamedKey, ...NamedKey[]];
  /** The first signs. */
  readonly integrity: readonly [NamedKey, ...NamedKey[]];
  readonly notes: readonly [NoteKeyPair, ...NoteKeyPair[]];
  readonly mail: readonly Held[];
  readonly refresh: readonly Held[];
  readonly refreshKids: readonly string[];
  readonly access: readonly HeldAccess[];
}

/** The keys that authenticate events, as the decoding step of the log uses them. */
export class IntegrityKeys {
  readonly #list: () => readonly [NamedKey, ...NamedKey[]];

  /** `list` gives the keys in use: the one that signs first. */
  constructor(list: () => readonly [NamedKey, ...NamedKey[]]) {
    this.#list = list;
  }

  /** Authenticates new events. */
  get current(): NamedKey {
    return this.#list()[0];
  }

  /** The key that an event names; null if the key file has none of that name. */
  of(kid: string): KeyObject | null {
    return this.#list().find((one) => one.kid === kid)?.key ?? null;
  }
}

/** The keys of a file that was checked. */
export function heldKeys(file: KeyFile): HeldKeys {
  return {
    file,
    lookup: secretKey(file.lookup),
    position: secretKey(file.position),
    masters: notEmpty(file.master.map(({ id, secret }) => ({ kid: id, key: secretKey(secret) }))),
    integrity: notEmpty(allIntegrityKeys(file).map(({ kid, secret }) => ({ kid, key: secretKey(secret) }))),
    notes: notEmpty(file.notes.map(noteKey)),
    mail: file.mail.map(heldSecret),
    refresh: file.refresh.map(heldSecret),
    refreshKids: file.refresh.map(({ kid }) => kid),
    access: file.access.map(accessKey),
  };
}

function heldSecret({ kid, secret, signsFrom, retireAt }: RefreshKey): Held {
  return { kid, key: secretKey(secret), signsFrom, retireAt };
}

function accessKey({ kid, alg, jwk, signsFrom, retireAt }: AccessKey): HeldAccess {
  const publicJwk = { ...publicPart(jwk), kty: jwk.kty, kid, use: 'sig', alg } as const;
  return { kid, alg, signsFrom, retireAt, ...keyPair(jwk), publicJwk };
}

function noteKey({ kid, createdAt, jwk }: NoteKey): NoteKeyPair {
  return { kid, createdAt, ...keyPair(jwk) };
}

function keyPair(jwk: AccessKey['jwk']): { readonly key: KeyObject; readonly publicKey: KeyObject } {
  const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  return { key, publicKey: createPublicKey(key) };
}

function secretKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'base64url'));
}

function notEmpty<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = items;
  if (first === undefined) throw new RangeError('a key file holds at least one key of each kind');
  return [first, ...rest];
}
