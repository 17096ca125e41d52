import type { Fact, Sealed } from '../event.js';
import type { AccountFacts } from './state.js';

export type UserRegistered = Fact<
  'UserRegistered',
  AccountFacts & {
    readonly email: Sealed;
    readonly name: Sealed | null;
    readonly passwordHash: Sealed;
    readonly roles: readonly string[];
  }
>;
/** Closes the stream of a user whose address claim was taken over before the registration was completed. */
export type RegistrationAbandoned = Fact<'RegistrationAbandoned', AccountFacts>;
export type PasswordChanged = Fact<'PasswordChanged', AccountFacts & { readonly passwordHash: Sealed }>;
export type AllTokensRevoked = Fact<'AllTokensRevoked', AccountFacts>;
export type EmailVerified = Fact<'EmailVerified', AccountFacts>;
export type UserDisabled = Fact<'UserDisabled', AccountFacts>;
export type UserEnabled = Fact<'UserEnabled', AccountFacts>;
export type UserErased = Fact<'UserErased', AccountFacts>;

/** What can happen to a user's account. */
export type AccountEvent =
  | UserRegistered
  | RegistrationAbandoned
  | PasswordChanged
  | AllTokensRevoked
  | EmailVerified
  | UserDisabled
  | UserEnabled
  | UserErased;

/** An address belongs to a user; the only event of an address's stream. The newest one holds. */
export type EmailClaimed = Fact<'EmailClaimed', { readonly userId: string }>;

/** The stream of one user's account. */
export function userStream(userId: string): string {
  return `user-${userId}`;
}
