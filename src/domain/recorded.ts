import type { AccountEvent, EmailClaimed } from './account/events.js';
import type { EventMetadata } from './event.js';
import type { FamilyEvent } from './token-family/events.js';

/** The version of the shapes of events that this program writes. Older ones, once there are any, are upcast in this file. */
export const SCHEMA_VERSION = 1;

/** An event as it was recorded, before anything is known of its data. */
export interface Recorded {
  readonly type: string;
  readonly data: object;
  readonly metadata: EventMetadata;
}

/** The log holds what this program does not know: it was written by a newer one, or not by tokenledger. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';

  constructor({ type, metadata }: Recorded) {
    super(`unknown event: ${type}, schema version ${metadata.schemaVersion}`);
  }
}

const FAMILY_EVENTS: Readonly<Record<FamilyEvent['type'], true>> = {
  TokenIssued: true,
  TokenRotated: true,
  TokenRedelivered: true,
  TokenReuseDetected: true,
  TokenRevoked: true,
  TokenExpired: true,
};

const ACCOUNT_EVENTS: Readonly<Record<AccountEvent['type'], true>> = {
  UserRegistered: true,
  RegistrationAbandoned: true,
  PasswordChanged: true,
  AllTokensRevoked: true,
  EmailVerified: true,
  UserDisabled: true,
  UserEnabled: true,
  UserErased: true,
};

/** An event of a device's stream. Throws `UnknownEventError`. */
export function familyEventOf(recorded: Recorded): FamilyEvent {
  return known(recorded, FAMILY_EVENTS) as FamilyEvent;
}

/** An event of a user's stream. Throws `UnknownEventError`. */
export function accountEventOf(recorded: Recorded): AccountEvent {
  return known(recorded, ACCOUNT_EVENTS) as AccountEvent;
}

/** An event of an address's stream. Throws `UnknownEventError`. */
export function emailEventOf(recorded: Recorded): EmailClaimed {
  return known(recorded, { EmailClaimed: true }) as EmailClaimed;
}

function known(recorded: Recorded, types: Readonly<Record<string, true>>): object {
  const { type, data, metadata } = recorded;
  if (!Object.hasOwn(types, type) || metadata.schemaVersion !== SCHEMA_VERSION) throw new UnknownEventError(recorded);
  return { type, data };
}
