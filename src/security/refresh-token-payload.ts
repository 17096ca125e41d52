import type { Instant } from '../domain/instant.js';
import type { FamilySnapshot, RefreshTokenClaims } from '../domain/token-family/snapshot.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LATEST_INSTANT = 8.64e15;

type Payload = Readonly<Record<string, unknown>>;

/** The payload is genuine, but not of the shape that we write. */
class MalformedPayload extends Error {}

/**
 * The payload of a refresh token as JSON. It says what is true of the token alone, which nothing changes later: whether it was
 * handed out again, and who else was let in, is left out. Null and false are left out too.
 */
export function payloadOf({ userId, deviceId, family }: RefreshTokenClaims): string {
  const { token, binding, adoption } = family;
  return JSON.stringify({
    sub: userId,
    did: deviceId,
    sid: family.sid,
    jti: token.jti,
    iat: dateOf(token.tokenIssuedAt),
    exp: dateOf(family.idleExpiresAt),
    end: dateOf(family.absoluteExpiresAt),
    auth_time: dateOf(family.familyIssuedAt),
    gen: family.generation,
    epoch: family.epoch,
    rev: token.revision,
    run: token.runId,
    con: token.lastContested ?? undefined,
    att: family.attempt ?? undefined,
    tag: family.tag ?? undefined,
    jkt: binding?.jkt,
    bgen: binding?.generation,
    client_id: adoption?.clientId,
    agen: adoption?.generation,
    brief: family.remember ? undefined : true,
    name: token.nameRevision ?? undefined,
    lim: family.rotationLimitAt === null ? undefined : dateOf(family.rotationLimitAt),
  });
}

/** What a payload says, of a token that `keyId` has signed; null if it is not of our shape. Never throws. */
export function claimsFrom(json: string, keyId: string): RefreshTokenClaims | null {
  try {
    const payload: unknown = JSON.parse(json);
    if (typeof payload !== 'object' || payload === null) return null;
    const claims = payload as Payload;
    return { userId: uuid(claims.sub), deviceId: uuid(claims.did), family: familyFrom(claims, keyId) };
  } catch (error) {
    if (error instanceof MalformedPayload || error instanceof SyntaxError) return null;
    throw error;
  }
}

function familyFrom(claims: Payload, keyId: string): FamilySnapshot {
  const lastContested = optional(claims.con, count);
  const nameRevision = optional(claims.name, count);
  const [jkt, bound] = [optional(claims.jkt, text), optional(claims.bgen, count)];
  const [clientId, adopted] = [optional(claims.client_id, text), optional(claims.agen, count)];
  if ((jkt === null) !== (bound === null) || (clientId === null) !== (adopted === null)) throw new MalformedPayload();
  return {
    sid: uuid(claims.sid),
    generation: count(claims.gen),
    epoch: count(claims.epoch),
    familyIssuedAt: instant(claims.auth_time),
    idleExpiresAt: instant(claims.exp),
    absoluteExpiresAt: instant(claims.end),
    token: {
      jti: uuid(claims.jti),
      keyId,
      tokenIssuedAt: instant(claims.iat),
      revision: count(claims.rev),
      runId: text(claims.run),
      lastContested,
      nameRevision,
    },
    attempt: optional(claims.att, text),
    tag: optional(claims.tag, text),
    redelivered: false,
    contested: lastContested === null ? null : { generation: lastContested, holders: [] },
    binding: jkt === null || bound === null ? null : { jkt, generation: bound },
    adoption: clientId === null || adopted === null ? null : { clientId, generation: adopted },
    remember: !optional(claims.brief, yes),
    nameRevision,
    rotationLimitAt: optional(claims.lim, instant),
  };
}

/** RFC 7519 §2 lets a NumericDate have a fraction: so milliseconds survive the way there and back. */
function dateOf(at: Instant): number {
  return at / 1000;
}

function instant(value: unknown): Instant {
  const at = typeof value === 'number' ? Math.round(value * 1000) : NaN;
  if (!(Math.abs(at) <= LATEST_INSTANT)) throw new MalformedPayload();
  return at;
}

function uuid(value: unknown): string {
  if (typeof value !== 'string' || !UUID.test(value)) throw new MalformedPayload();
  return value;
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new MalformedPayload();
  return value as number;
}

function text(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new MalformedPayload();
  return value;
}

function yes(value: unknown): true {
  if (value !== true) throw new MalformedPayload();
  return value;
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === undefined ? null : read(value);
}
