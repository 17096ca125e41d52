import type { Adoption, Binding, Contested, FamilySnapshot, Holder } from '../token-family/snapshot.js';
import {
  field,
  fieldOf,
  MalformedEventError,
  optional,
  type Field,
  type ValueIn,
  type ValueOf,
  type WireData,
} from './field.js';

/** The fields of a family's snapshot. */
export const FAMILY_FIELDS = {
  sid: field('sid', 'uuid', 'the session id'),
  generation: field('gen', 'count', 'the generation of the present refresh token'),
  epoch: field('epoch', 'count', "the user's epoch at issue or at the last rotation"),
  familyIssuedAt: field('auth', 'instant', 'when the user signed in'),
  idleExpiresAt: field('idle', 'instant', 'when the family expires unless it is used before'),
  absoluteExpiresAt: field('end', 'instant', 'when the family expires however often it is used'),
  jti: field('jti', 'uuid', 'the id of the present refresh token: the id of the event that issued it'),
  keyId: field('kid', 'text', 'the key that signs the present refresh token'),
  tokenIssuedAt: field('iat', 'instant', 'when the present refresh token was issued'),
  revision: field('rev', 'count', 'the revision of the event that issued it'),
  runId: field('run', 'text', 'the run of the installation that issued it'),
  lastContested: optional('con', 'count', 'the last contested generation when it was issued'),
  tokenNameRevision: optional('tname', 'count', '`name` as it was when the present refresh token was issued'),
  attempt: optional('att', 'text', 'the attempt by which the last rotation was made (HMAC of the Idempotency-Key)'),
  tag: optional('tag', 'text', 'the client tag of the last rotation or of the sign-in'),
  redelivered: field('again', 'flag', 'the present token was handed out again to the client it was made for'),
  contested: optional('cgen', 'count', 'the last contested generation now'),
  contestedAttempts: field('catt', 'texts', 'attempts that were let in within that generation'),
  contestedTags: field('ctag', 'texts', 'client tags that were let in; an empty one is unknown'),
  jkt: optional('jkt', 'text', 'the thumbprint of the key that the family is bound to (RFC 9449)'),
  bound: optional('bgen', 'count', 'the first generation of which a token needs its proof'),
  clientId: optional('cid', 'text', 'the OAuth client that the family belongs to'),
  adopted: optional('agen', 'count', 'the first generation that was issued to that client'),
  session: field('brief', 'flag', 'the cookie of a browser ends with the browser (remember: false)'),
  nameRevision: optional('name', 'count', "the revision of the event that holds the device's name"),
  rotationLimitAt: optional('lim', 'instant', 'the instant of the rotation limit (GCRA)'),
} as const satisfies Record<string, Field>;

/** The fields that an event that issues a token leaves out: its own id, time and revision, and the name's place, which is `name`. */
export const OWN_FIELDS = [
  FAMILY_FIELDS.jti,
  FAMILY_FIELDS.tokenIssuedAt,
  FAMILY_FIELDS.revision,
  FAMILY_FIELDS.tokenNameRevision,
] as const;

/** What an event that issues a token says by itself. */
export interface Issuer {
  readonly id: string;
  readonly occurredAt: number;
  readonly revision: number;
}

const F = FAMILY_FIELDS;

/** What each field says of a family. */
export const FAMILY_VALUES: Readonly<Record<keyof typeof FAMILY_FIELDS, ValueIn<FamilySnapshot>>> = {
  sid: ({ sid }) => sid,
  generation: ({ generation }) => generation,
  epoch: ({ epoch }) => epoch,
  familyIssuedAt: ({ familyIssuedAt }) => familyIssuedAt,
  idleExpiresAt: ({ idleExpiresAt }) => idleExpiresAt,
  absoluteExpiresAt: ({ absoluteExpiresAt }) => absoluteExpiresAt,
  jti: ({ token }) => token.jti,
  keyId: ({ token }) => token.keyId,
  tokenIssuedAt: ({ token }) => token.tokenIssuedAt,
  revision: ({ token }) => token.revision,
  runId: ({ token }) => token.runId,
  lastContested: ({ token }) => token.lastContested,
  tokenNameRevision: ({ token }) => token.nameRevision,
  attempt: ({ attempt }) => attempt,
  tag: ({ tag }) => tag,
  redelivered: ({ redelivered }) => redelivered,
  contested: ({ contested }) => contested?.generation,
  contestedAttempts: ({ contested }) =>
    contested?.holders.flatMap((holder) => ('attempt' in holder ? [holder.attempt] : [])),
  contestedTags: ({ contested }) => contested?.holders.flatMap((holder) => ('tag' in holder ? [holder.tag ?? ''] : [])),
  jkt: ({ binding }) => binding?.jkt,
  bound: ({ binding }) => binding?.generation,
  clientId: ({ adoption }) => adoption?.clientId,
  adopted: ({ adoption }) => adoption?.generation,
  session: ({ remember }) => !remember,
  nameRevision: ({ nameRevision }) => nameRevision,
  rotationLimitAt: ({ rotationLimitAt }) => rotationLimitAt,
};

/** Reads a snapshot. `issuer`: the envelope of an event that itself issues the present token, else null. Throws `MalformedEventError`. */
export function familyFrom(data: WireData, issuer: Issuer | null): FamilySnapshot {
  const value = <F extends Field>(one: F): ValueOf<F> => fieldOf(data, one);
  return {
    sid: value(F.sid),
    generation: value(F.generation),
    epoch: value(F.epoch),
    familyIssuedAt: value(F.familyIssuedAt),
    idleExpiresAt: value(F.idleExpiresAt),
    absoluteExpiresAt: value(F.absoluteExpiresAt),
    token: {
      jti: issuer?.id ?? value(F.jti),
      keyId: value(F.keyId),
      tokenIssuedAt: issuer?.occurredAt ?? value(F.tokenIssuedAt),
      revision: issuer?.revision ?? value(F.revision),
      runId: value(F.runId),
      lastContested: value(F.lastContested),
      nameRevision: value(issuer === null ? F.tokenNameRevision : F.nameRevision),
    },
    attempt: value(F.attempt),
    tag: value(F.tag),
    redelivered: value(F.redelivered),
    contested: contestedFrom(value(F.contested), value(F.contestedAttempts), value(F.contestedTags)),
    binding: bindingFrom(value(F.jkt), value(F.bound)),
    adoption: adoptionFrom(value(F.clientId), value(F.adopted)),
    remember: !value(F.session),
    nameRevision: value(F.nameRevision),
    rotationLimitAt: value(F.rotationLimitAt),
  };
}

function contestedFrom(generation: number | null, attempts: readonly string[], tags: readonly string[]): Contested | null {
  if (generation === null) return null;
  const holders: Holder[] = [
    ...attempts.map((attempt) => ({ attempt })),
    ...tags.map((tag) => ({ tag: tag === '' ? null : tag })),
  ];
  return { generation, holders };
}

function bindingFrom(jkt: string | null, generation: number | null): Binding | null {
  if (jkt === null) return null;
  if (generation === null) throw new MalformedEventError('a bound family without the generation that bound it');
  return { jkt, generation };
}

function adoptionFrom(clientId: string | null, generation: number | null): Adoption | null {
  if (clientId === null) return null;
  if (generation === null) throw new MalformedEventError('an adopted family without the generation of its adoption');
  return { clientId, generation };
}
