import type { Fact, Sealed } from '../event.js';
import type { Instant } from '../instant.js';
import type { FamilyFacts } from './facts.js';

export type RevocationReason = 'logout' | 'superseded' | 'device_removed' | 'reuse' | 'admin';

/** The address and agent a request came from, sealed as one value; null if they could not be sealed. */
export interface ByClient {
  readonly client: Sealed | null;
}

export type TokenIssued = Fact<'TokenIssued', FamilyFacts & ByClient & { readonly deviceName: Sealed | null }>;
export type TokenRotated = Fact<'TokenRotated', FamilyFacts & ByClient>;
export type TokenRedelivered = Fact<'TokenRedelivered', FamilyFacts & ByClient>;
export type TokenReuseDetected = Fact<
  'TokenReuseDetected',
  FamilyFacts & ByClient & { readonly presentedGeneration: number; readonly presentedJti: string }
>;
export type TokenRevoked = Fact<'TokenRevoked', FamilyFacts & { readonly reason: RevocationReason }>;
export type TokenExpired = Fact<
  'TokenExpired',
  FamilyFacts & { readonly cause: 'idle' | 'absolute'; readonly expiredAt: Instant }
>;

/** What can happen to a token family. */
export type FamilyEvent = TokenIssued | TokenRotated | TokenRedelivered | TokenReuseDetected | TokenRevoked | TokenExpired;

/** The stream of one device of a user: the families that lived there, one after another. */
export function deviceStream(userId: string, deviceId: string): string {
  return `token-${userId}.${deviceId}`;
}
