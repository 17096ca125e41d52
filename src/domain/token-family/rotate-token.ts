import type { AccountSnapshot } from '../account/snapshot.js';
import { lives } from '../account/state.js';
import type { Sealed } from '../event.js';
import { earlier, later, type Instant } from '../instant.js';
import type { FamilyEvent, TokenExpired, TokenRotated } from './events.js';
import type { Successor } from './issue-token.js';
import { hasExpired, idleExpiry, type FamilyPolicy } from './policy.js';
import { attemptOf, clientOf, OWN_CLIENT_ID, standingOf, type Presenter } from './presenter.js';
import { lastContestedOf, redeliver } from './redeliver.js';
import { rotationPermit } from './rotation-limit.js';
import type { FamilySnapshot } from './snapshot.js';
import { asIssued, type FamilyState } from './state.js';

/** A refresh token was presented, genuine by its signature. */
export interface RotateToken extends Presenter {
  /** The newest one; what does not fit the family is read again first (`isTornRead`). */
  readonly account: AccountSnapshot;
  readonly now: Instant;
  readonly policy: FamilyPolicy;
  /** For the successor, if there will be one. */
  readonly successor: Successor;
  readonly client: Sealed | null;
}

/**
 * - `rotated`: the event issues the successor.
 * - `redelivered`, `contested`: the successor is the family's present token; the event, if any, says that it was handed out
 *   once more (to somebody else: `contested`).
 * - `reused`: theft; the events end the family, unless they did before.
 * - `expired`: an event, if any, notes that the policy ends the family earlier than it said itself.
 * - `invalid`, `invalid_proof`, `limited`: refused, and the family goes on.
 */
export type RotationDecision =
  | {
      readonly outcome: 'rotated' | 'redelivered' | 'contested';
      readonly events: readonly FamilyEvent[];
      /** After the events: its present token is handed out, built from `asIssued(family)`. */
      readonly family: FamilySnapshot;
    }
  | {
      readonly outcome: 'reused' | 'revoked' | 'expired' | 'invalid' | 'invalid_proof';
      readonly events: readonly FamilyEvent[];
      readonly family: null;
    }
  | {
      readonly outcome: 'limited';
      readonly events: readonly FamilyEvent[];
      readonly family: null;
      readonly retryAt: Instant;
    };

/**
 * RotateToken (RFC 6749 §6, RFC 9700 §4.14.2): what becomes of a presented refresh token. Order is decided by generation, never
 * by clocks; clocks decide expiry, grace and the rotation limit alone. `state` is the device's newest family.
 *
 * From the token's own state (`stateOfToken`) only `rotated` is final, and only once it is appended at that state's revision.
 * Every other outcome is decided again from the stream.
 */
export function rotateToken(state: FamilyState | null, command: RotateToken): RotationDecision {
  const refused = refusalOf(state, command);
  if (state === null || refused !== null) return refuse(refused ?? 'invalid');
  const { family } = state;
  const isCurrent = command.presented.generation === family.generation;
  switch (standingOf(family, command)) {
    case 'no_proof':
      return refuse('invalid_proof');
    case 'another_key':
      return reuse(family, command);
    case 'another_client':
      // The present token at another client is a mistake and hurts nobody. An older one is a copy.
      return isCurrent ? refuse('invalid') : reuse(family, command);
    case 'entitled':
      return isCurrent ? rotate(state, command) : redeliverOrReuse(family, command);
  }
}

type Refusal = (RotationDecision & { family: null; retryAt?: never })['outcome'];

function refuse(outcome: Refusal, events: readonly FamilyEvent[] = []): RotationDecision {
  return { outcome, events, family: null };
}

/** Why the token is refused to everybody; null if it is not. */
function refusalOf(state: FamilyState | null, { presented, account, now }: RotateToken): Refusal | null {
  if (state === null || presented.token.revision > state.revision) return 'invalid';
  // The device's newest family is another one: the presented one was ended by it or before it.
  if (state.family.sid !== presented.sid) return 'revoked';
  if (state.end !== null) return refusalOfEnded(state, presented);
  if (!lives(state.family, account)) return 'revoked';
  if (!isReached(state.family, presented)) return 'invalid';
  return hasExpired(state.family, now) ? 'expired' : null;
}

function refusalOfEnded({ end, family }: FamilyState, { generation }: FamilySnapshot): Refusal {
  if (end?.by === 'expiry') return 'expired';
  const isTheft = end?.by === 'revocation' && end.reason === 'reuse';
  return isTheft && generation < family.generation ? 'reused' : 'revoked';
}

/** A genuine token of a generation not reached, or not the one of its generation, is from another history of this log. */
function isReached({ generation, token }: FamilySnapshot, presented: FamilySnapshot): boolean {
  if (presented.generation === generation) return presented.token.jti === token.jti;
  return presented.generation < generation && presented.token.revision < token.revision;
}

function rotate({ family, revision }: FamilyState, command: RotateToken): RotationDecision {
  const { now, policy, client } = command;
  const absoluteExpiresAt = earlier(family.absoluteExpiresAt, later(family.familyIssuedAt, policy.lifetimes.absoluteMs));
  // The policy became shorter than the family already is: a successor would be dead when it is issued.
  if (now >= absoluteExpiresAt) return refuse('expired', [expiredByPolicy(family, absoluteExpiresAt)]);
  const { rotationLimitAt, token } = family;
  const permit = rotationPermit({ rotationLimitAt, tokenIssuedAt: token.tokenIssuedAt }, now, policy.rotationsPerHour);
  if (!permit.ok) return { outcome: 'limited', events: [], family: null, retryAt: permit.retryAt };
  const bounds = { absoluteExpiresAt, rotationLimitAt: permit.rotationLimitAt };
  const successor = successorOf(family, bounds, command, revision + 1);
  const rotated: TokenRotated = { type: 'TokenRotated', data: { family: successor, client } };
  return { outcome: 'rotated', events: [rotated], family: successor };
}

function expiredByPolicy(family: FamilySnapshot, expiredAt: Instant): TokenExpired {
  return { type: 'TokenExpired', data: { family, cause: 'absolute', expiredAt } };
}

/**
 * The family with its next token. A proof binds an unbound family, a foreign client adopts one that nobody adopted: from the
 * generation on that this rotation issues.
 */
function successorOf(
  family: FamilySnapshot,
  { absoluteExpiresAt, rotationLimitAt }: Pick<FamilySnapshot, 'absoluteExpiresAt' | 'rotationLimitAt'>,
  command: RotateToken,
  revision: number,
): FamilySnapshot {
  const { account, now, policy, tag, jkt } = command;
  const { jti, keyId, runId } = command.successor;
  const generation = family.generation + 1;
  const clientId = clientOf(command);
  const { nameRevision } = family;
  return asIssued({
    sid: family.sid,
    generation,
    epoch: account.epoch,
    familyIssuedAt: family.familyIssuedAt,
    idleExpiresAt: idleExpiry(now, absoluteExpiresAt, policy.lifetimes),
    absoluteExpiresAt,
    token: { jti, keyId, tokenIssuedAt: now, revision, runId, lastContested: lastContestedOf(family), nameRevision },
    attempt: attemptOf(command),
    tag,
    binding: family.binding ?? (jkt === null ? null : { jkt, generation }),
    adoption: family.adoption ?? (clientId === OWN_CLIENT_ID ? null : { clientId, generation }),
    remember: family.remember,
    rotationLimitAt,
  });
}

function redeliverOrReuse(family: FamilySnapshot, command: RotateToken): RotationDecision {
  const redelivery = redeliver(family, command);
  if (redelivery === null) return reuse(family, command);
  const contested = redelivery.kind === 'contested';
  const data = { family: redelivery.family, contested, client: command.client };
  return {
    outcome: contested ? 'contested' : 'redelivered',
    events: redelivery.isNew ? [{ type: 'TokenRedelivered', data }] : [],
    family: redelivery.family,
  };
}

function reuse(family: FamilySnapshot, { presented, client }: RotateToken): RotationDecision {
  const found = { presentedGeneration: presented.generation, presentedJti: presented.token.jti, client };
  return refuse('reused', [
    { type: 'TokenReuseDetected', data: { family, ...found } },
    { type: 'TokenRevoked', data: { family, reason: 'reuse', note: null } },
  ]);
}
