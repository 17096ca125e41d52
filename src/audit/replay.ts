import type { AccountSnapshot } from '../domain/account/snapshot.js';
import { later, type Instant } from '../domain/instant.js';
import type { FamilyEvent } from '../domain/token-family/events.js';
import { idleExpiry, type FamilyPolicy } from '../domain/token-family/policy.js';
import { rotateToken, type RotateToken, type RotationDecision } from '../domain/token-family/rotate-token.js';
import type { Contested, FamilySnapshot, Holder } from '../domain/token-family/snapshot.js';
import { asIssued } from '../domain/token-family/state.js';
import { isSameClient, type AuditedClient } from './personal.js';

/** A refresh that would have been answered otherwise. */
export interface OtherOutcome {
  readonly at: Instant;
  /** Of the token that was shown. */
  readonly generation: number;
  readonly was: RotationDecision['outcome'];
  readonly wouldBe: RotationDecision['outcome'];
}

/** An event of a family as it is replayed. */
export interface ReplayedEvent {
  readonly event: FamilyEvent;
  readonly revision: number;
  readonly occurredAt: Instant;
  /** Who caused it. */
  readonly client: AuditedClient;
  /** The user's account as it was then. */
  readonly account: AccountSnapshot;
}

/** What the log does not know of a client, so that it equals nobody it does know. */
const SOMEBODY_ELSE = 'somebody else';

/** What stands for a refresh that the log holds: how it was answered, and by what its client was known. */
interface Refresh {
  readonly was: RotationDecision['outcome'];
  readonly generation: number;
  readonly attempt: string | null;
  readonly tag: string | null;
}

/**
 * Replays one family under another policy, through the same decider. Once a refresh is refused that was answered, the family is
 * over: what its client did then would have been something else.
 */
export class FamilyReplay {
  readonly #policy: FamilyPolicy;
  /** As it would be now; null when it would be over. */
  #family: FamilySnapshot | null;
  /** The contested generation as the log has it. */
  #contested: Contested | null = null;
  /** The tokens of the last generations, as they would have been issued. */
  readonly #issued = new Map<number, { readonly token: FamilySnapshot; readonly client: AuditedClient }>();

  constructor({ event, client }: ReplayedEvent, policy: FamilyPolicy) {
    this.#policy = policy;
    const { family } = event.data;
    const absoluteExpiresAt = later(family.familyIssuedAt, policy.lifetimes.absoluteMs);
    const idleExpiresAt = idleExpiry(family.familyIssuedAt, absoluteExpiresAt, policy.lifetimes);
    this.#family = { ...family, absoluteExpiresAt, idleExpiresAt };
    this.#issued.set(family.generation, { token: asIssued(this.#family), client });
  }

  /** Takes the next event; answers what would have been otherwise, or null. */
  take(replayed: ReplayedEvent): OtherOutcome | null {
    const { event, revision, occurredAt } = replayed;
    const family = this.#family;
    if (family === null) return null;
    const refresh = this.#refreshOf(replayed, family);
    if (event.type === 'TokenRedelivered' && event.data.contested) this.#contested = event.data.family.contested;
    if (refresh === null) {
      if (event.type === 'TokenRevoked' || event.type === 'TokenExpired') this.#family = null;
      return null;
    }
    const presented = this.#issued.get(refresh.generation)?.token;
    // Its issue is in an archive.
    if (presented === undefined) return null;
    const state = { family, revision: revision - 1, end: null };
    const decision = rotateToken(state, this.#command(replayed, refresh, presented));
    this.#family = decision.family;
    if (decision.outcome === 'rotated')
      this.#issued.set(decision.family.generation, { token: asIssued(decision.family), client: replayed.client });
    return decision.outcome === refresh.was
      ? null
      : { at: occurredAt, generation: refresh.generation, was: refresh.was, wouldBe: decision.outcome };
  }

  #command({ event, occurredAt: now, account }: ReplayedEvent, refresh: Refresh, presented: FamilySnapshot): RotateToken {
    const { family } = event.data;
    const { jti, keyId, runId } = family.token;
    const { attempt, tag } = refresh;
    const isReuse = refresh.was === 'reused';
    return {
      ...{ account, now, policy: this.#policy, presented, attempt, tag, client: null },
      // A client that was refused had no proof, as far as the log knows.
      jkt: isReuse ? null : (family.binding?.jkt ?? null),
      clientId: isReuse ? null : (family.adoption?.clientId ?? null),
      successor: { jti, keyId, runId },
    };
  }

  /** The refresh that an event stands for; null if it stands for none. */
  #refreshOf({ event: { type, data }, client }: ReplayedEvent, simulated: FamilySnapshot): Refresh | null {
    const { family } = data;
    switch (type) {
      case 'TokenRotated':
        return { was: 'rotated', generation: family.generation - 1, attempt: family.attempt, tag: family.tag };
      case 'TokenRedelivered': {
        const generation = family.generation - 1;
        if (!data.contested) return { was: 'redelivered', generation, attempt: family.attempt, tag: family.tag };
        return { was: 'contested', generation, ...presentingOf(newHolder(this.#contested, family.contested)) };
      }
      case 'TokenReuseDetected': {
        const maker = this.#issued.get(simulated.generation)?.client;
        const isMaker = maker !== undefined && isSameClient(maker, client);
        const tag = isMaker ? family.tag : SOMEBODY_ELSE;
        return { was: 'reused', generation: data.presentedGeneration, attempt: null, tag };
      }
      case 'TokenIssued':
      case 'TokenRevoked':
      case 'TokenExpired':
      case 'DeviceRenamed':
        return null;
    }
  }
}

/** Who was let in by a contested redelivery: the holder that was not known before. */
function newHolder(before: Contested | null, after: Contested | null): Holder | null {
  const known = before?.generation === after?.generation ? (before?.holders ?? []) : [];
  const left = [...known];
  for (const holder of after?.holders ?? []) {
    const index = left.findIndex((one) => JSON.stringify(one) === JSON.stringify(holder));
    if (index < 0) return holder;
    left.splice(index, 1);
  }
  return null;
}

function presentingOf(holder: Holder | null): Pick<Refresh, 'attempt' | 'tag'> {
  if (holder === null) return { attempt: null, tag: SOMEBODY_ELSE };
  return 'attempt' in holder ? { attempt: holder.attempt, tag: null } : { attempt: null, tag: holder.tag };
}
