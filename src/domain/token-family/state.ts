import type { FamilyEvent, RevocationReason } from './events.js';
import type { FamilyFacts } from './facts.js';

/** How a family ended by an event of its own stream. */
export type FamilyEnd =
  | { readonly by: 'revocation'; readonly reason: RevocationReason }
  | { readonly by: 'expiry'; readonly cause: 'idle' | 'absolute' };

/** The newest family of a device, as its stream's newest event tells it. */
export interface FamilyState extends FamilyFacts {
  /** The revision of the newest event: where the next one is expected. */
  readonly revision: number;
  /** Null while no event has ended it. */
  readonly end: FamilyEnd | null;
  /** Whether the current generation was handed out a second time already. */
  readonly redelivered: boolean;
}

/** The state that the newest event of a device's stream leaves: no older event is needed. */
export function stateOf(newest: FamilyEvent, revision: number): FamilyState {
  const { userId, deviceId, sid, generation, epoch, issuedAt, idleExpiresAt, absoluteExpiresAt, token } = newest.data;
  return {
    ...{ userId, deviceId, sid, generation, epoch, issuedAt, idleExpiresAt, absoluteExpiresAt, token, revision },
    end: endOf(newest),
    redelivered: newest.type === 'TokenRedelivered',
  };
}

function endOf(newest: FamilyEvent): FamilyEnd | null {
  switch (newest.type) {
    case 'TokenRevoked':
      return { by: 'revocation', reason: newest.data.reason };
    case 'TokenExpired':
      return { by: 'expiry', cause: newest.data.cause };
    // Never the newest: appended together with the revocation that follows from it.
    case 'TokenReuseDetected':
      return { by: 'revocation', reason: 'reuse' };
    case 'TokenIssued':
    case 'TokenRotated':
    case 'TokenRedelivered':
      return null;
  }
}

/** The facts of a state: what the next event repeats, save what it changes. */
export function factsOf(state: FamilyState): FamilyFacts {
  const { userId, deviceId, sid, generation, epoch, issuedAt, idleExpiresAt, absoluteExpiresAt, token } = state;
  return { userId, deviceId, sid, generation, epoch, issuedAt, idleExpiresAt, absoluteExpiresAt, token };
}
