import { z } from 'zod';

/** The algorithms that access tokens may be signed with (RFC 8037, RFC 7518 §3). */
export const ACCESS_ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const;
export type AccessAlgorithm = (typeof ACCESS_ALGORITHMS)[number];

/** 32 bytes in base64url. */
const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const number = z.string().regex(/^[A-Za-z0-9_-]{1,1024}$/);
const kid = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const instant = z.iso.datetime({ precision: 3 });

const named = { kid, createdAt: instant };
const signing = {
  ...named,
  /** From then on it signs, until a key with a later instant does. Not set: it waits for the next rotation. */
  signsFrom: instant.optional(),
  /** From then on nothing it has signed is accepted. */
  retireAt: instant.optional(),
};

const ed25519 = z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: secret, d: secret });
const p256 = z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: secret, y: secret, d: secret });
const rsa = z.strictObject({
  kty: z.literal('RSA'),
  n: number,
  e: number,
  d: number,
  p: number,
  q: number,
  dp: number,
  dq: number,
  qi: number,
});

/** A key file as it is stored, version 2. All lists are newest first. */
export const KeyFileShape = z.strictObject({
  version: z.literal(2),
  /** Wrap the users' keys. A wrapped key names its master key by id; new ones are wrapped by the first. */
  master: z.array(z.strictObject({ id: kid, createdAt: instant, secret })).min(1),
  /** Former master keys, without their secrets: no user's key is wrapped by them any more. */
  droppedMasters: z.array(z.strictObject({ id: kid, createdAt: instant.optional(), droppedAt: instant })).optional(),
  /** Names the streams of e-mail addresses. */
  lookup: secret,
  /** Makes log positions opaque to clients. */
  position: secret,
  /** Authenticate events. The first signs, since `signsFrom` if it followed another; none is ever dropped, since old events stay. */
  integrity: z.array(z.strictObject({ ...named, signsFrom: instant.optional(), secret })).min(1),
  /** Authenticates events that others have signed with it, and signs none yet: comes first in `integrity` once every instance has it. */
  nextIntegrity: z.strictObject({ ...named, secret }).optional(),
  /** Derive the codes in mails. */
  mail: z.array(z.strictObject({ ...signing, secret })).min(1),
  /** Sign checkpoint notes; the first is the current one. */
  notes: z.array(z.strictObject({ ...named, jwk: ed25519 })).min(1),
  /** Sign refresh tokens (HMAC). */
  refresh: z.array(z.strictObject({ ...signing, secret })).min(1),
  /** Sign access tokens. */
  access: z
    .array(
      z.strictObject({
        ...signing,
        alg: z.enum(ACCESS_ALGORITHMS),
        jwk: z.discriminatedUnion('kty', [ed25519, p256, rsa]),
      }),
    )
    .min(1),
});

/** The keys of an installation, as they are stored: secrets in base64url, instants as ISO 8601 in UTC with milliseconds, for people. */
export type KeyFile = z.infer<typeof KeyFileShape>;
export type MasterKey = KeyFile['master'][number];
export type IntegrityKey = KeyFile['integrity'][number];
export type NoteKey = KeyFile['notes'][number];
export type MailKey = KeyFile['mail'][number];
export type RefreshKey = KeyFile['refresh'][number];
export type AccessKey = KeyFile['access'][number];

/** The kinds of keys that rotate: they sign from an instant and verify until another. */
export const ROTATING = ['refresh', 'access', 'mail'] as const;
