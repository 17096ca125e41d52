import type { FamilyEvent, RevocationReason } from './events.js';
import type { FamilySnapshot } from './snapshot.js';

/** How a family ended. `restore`: its newest event is of a history that the log refuses (`LogRestored`); no event of its own says so. */
export type FamilyEnd =
  | { readonly by: 'revocation'; readonly reason: RevocationReason }
  | { readonly by: 'expiry'; readonly cause: 'idle' | 'absolute' }
  | { readonly by: 'restore' };

/** The newest family of a device. Null in its place: the device never had one. */
export interface FamilyState {
  readonly family: FamilySnapshot;
  /** The revision of the newest event of the stream: the next append expects it. */
  readonly revision: number;
  /** Null while nothing has ended it. Expiry and revocations of all tokens are not seen here (`isAlive`). */
  readonly end: FamilyEnd | null;
}

/** The state after the newest event of a device's stream. No older event is needed: each carries the state (G9). */
export function stateOf(newest: FamilyEvent, revision: number): FamilyState {
  return { family: newest.data.family, revision, end: endBy(newest) };
}

/**
 * The state that a genuine refresh token itself describes: its family as it was when the token was issued. It holds if nothing
 * was appended since, which an append at its revision proves.
 */
export function stateOfToken(family: FamilySnapshot): FamilyState {
  return { family, revision: family.token.revision, end: null };
}

/**
 * The family as it was when its present token was issued. A redelivered token is built from this, so it is the same byte for
 * byte whatever came later: redeliveries, contests, a new name of the device.
 */
export function asIssued(family: Omit<FamilySnapshot, 'redelivered' | 'contested' | 'nameRevision'>): FamilySnapshot {
  const { nameRevision, lastContested } = family.token;
  const contested = lastContested === null ? null : { generation: lastContested, holders: [] };
  return {
    sid: family.sid,
    generation: family.generation,
    epoch: family.epoch,
    familyIssuedAt: family.familyIssuedAt,
    idleExpiresAt: family.idleExpiresAt,
    absoluteExpiresAt: family.absoluteExpiresAt,
    token: family.token,
    attempt: family.attempt,
    tag: family.tag,
    redelivered: false,
    contested,
    binding: family.binding,
    adoption: family.adoption,
    remember: family.remember,
    nameRevision,
    rotationLimitAt: family.rotationLimitAt,
  };
}

/**
 * The state after one more event, which is taken only for what it changes; null is no family yet. A folded stream gives the
 * same state as its newest event alone (`stateOf`). Throws if a stream does not begin with `TokenIssued`.
 */
export function evolveFamily(state: FamilyState | null, event: FamilyEvent, revision: number): FamilyState {
  if (event.type === 'TokenIssued') return { family: event.data.family, revision, end: null };
  if (state === null) throw new Error('the stream of a device begins with TokenIssued');
  return { family: evolveSnapshot(state.family, event), revision, end: endBy(event) ?? state.end };
}

function evolveSnapshot(
  family: FamilySnapshot,
  { type, data }: Exclude<FamilyEvent, { type: 'TokenIssued' }>,
): FamilySnapshot {
  switch (type) {
    case 'TokenRotated': {
      const { epoch, idleExpiresAt, absoluteExpiresAt, token, attempt, tag, binding, adoption, rotationLimitAt } =
        data.family;
      const bounds = { epoch, idleExpiresAt, absoluteExpiresAt, rotationLimitAt };
      const rotated = { ...family, ...bounds, attempt, tag, binding, adoption, generation: family.generation + 1 };
      const lastContested = family.contested?.generation ?? null;
      return asIssued({ ...rotated, token: { ...token, lastContested, nameRevision: family.nameRevision } });
    }
    case 'TokenRedelivered':
      return data.contested ? { ...family, contested: data.family.contested } : { ...family, redelivered: true };
    case 'DeviceRenamed':
      return { ...family, nameRevision: data.family.nameRevision };
    case 'TokenReuseDetected':
    case 'TokenRevoked':
    case 'TokenExpired':
      return family;
  }
}

function endBy({ type, data }: FamilyEvent): FamilyEnd | null {
  switch (type) {
    case 'TokenRevoked':
      return { by: 'revocation', reason: data.reason };
    case 'TokenExpired':
      return { by: 'expiry', cause: data.cause };
    // Never the newest: it is appended together with the revocation that follows from it.
    case 'TokenReuseDetected':
      return { by: 'revocation', reason: 'reuse' };
    case 'TokenIssued':
    case 'TokenRotated':
    case 'TokenRedelivered':
    case 'DeviceRenamed':
      return null;
  }
}
