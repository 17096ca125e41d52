import type { Happening, Sealed } from '../event.js';
import type { Instant } from '../instant.js';
import type { FamilySnapshot } from './snapshot.js';

export const REVOCATION_REASONS = ['logout', 'superseded', 'device_removed', 'reuse', 'admin', 'session_limit'] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** IP and agent of the client, sealed as one value; null if they could not be sealed. */
export interface ByClient {
  readonly client: Sealed | null;
}

export type TokenIssued = Happening<
  'TokenIssued',
  { readonly family: FamilySnapshot; readonly deviceName: Sealed | null } & ByClient
>;
export type TokenRotated = Happening<'TokenRotated', { readonly family: FamilySnapshot } & ByClient>;
export type TokenRedelivered = Happening<
  'TokenRedelivered',
  { readonly family: FamilySnapshot; readonly contested: boolean } & ByClient
>;
export type TokenReuseDetected = Happening<
  'TokenReuseDetected',
  { readonly family: FamilySnapshot; readonly presentedGeneration: number; readonly presentedJti: string } & ByClient
>;
export type TokenRevoked = Happening<
  'TokenRevoked',
  { readonly family: FamilySnapshot; readonly reason: RevocationReason; readonly note: Sealed | null }
>;
export type TokenExpired = Happening<
  'TokenExpired',
  { readonly family: FamilySnapshot; readonly cause: 'idle' | 'absolute'; readonly expiredAt: Instant }
>;
export type DeviceRenamed = Happening<
  'DeviceRenamed',
  { readonly family: FamilySnapshot; readonly deviceName: Sealed | null }
>;

/** What can happen to a token family. `family` is the snapshot after the event's append. */
export type FamilyEvent =
  TokenIssued | TokenRotated | TokenRedelivered | TokenReuseDetected | TokenRevoked | TokenExpired | DeviceRenamed;
