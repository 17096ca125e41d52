import type { Happening, Sealed } from '../event.js';
import type { AccountSnapshot, Role } from './snapshot.js';

export const REVOKE_ALL_REASONS = [
  'logout_all',
  'password_changed',
  'password_reset',
  'disabled',
  'erased',
  'admin',
] as const;
export type RevokeAllReason = (typeof REVOKE_ALL_REASONS)[number];

interface OfAccount {
  /** The account after the event's append. */
  readonly account: AccountSnapshot;
}

export type UserRegistered = Happening<
  'UserRegistered',
  OfAccount & {
    readonly email: Sealed;
    readonly name: Sealed | null;
    /** Names the email's own stream, so that erasure can release it. */
    readonly emailKey: string;
  }
>;
/** Closes the stream of a user whose email claim was taken over before the registration was completed. */
export type RegistrationAbandoned = Happening<'RegistrationAbandoned', OfAccount>;
export type PasswordChanged = Happening<
  'PasswordChanged',
  OfAccount & {
    /** A reset of a never verified account drops the name that somebody else may have given. */
    readonly nameDropped: boolean;
  }
>;
export type PasswordResetRequested = Happening<'PasswordResetRequested', OfAccount & { readonly codeHash: string }>;
export type EmailVerificationRequested = Happening<'EmailVerificationRequested', OfAccount & { readonly codeHash: string }>;
export type EmailVerified = Happening<'EmailVerified', OfAccount>;
export type AllTokensRevoked = Happening<'AllTokensRevoked', OfAccount & { readonly reason: RevokeAllReason }>;
export type UserDisabled = Happening<'UserDisabled', OfAccount & { readonly note: Sealed | null }>;
export type UserEnabled = Happening<'UserEnabled', OfAccount & { readonly note: Sealed | null }>;
export type UserErased = Happening<'UserErased', OfAccount & { readonly emailKey: string }>;
export type RoleGranted = Happening<'RoleGranted', OfAccount & { readonly role: Role }>;
export type RoleRevoked = Happening<'RoleRevoked', OfAccount & { readonly role: Role }>;

/** What can happen to a user's account. */
export type AccountEvent =
  | UserRegistered
  | RegistrationAbandoned
  | PasswordChanged
  | PasswordResetRequested
  | EmailVerificationRequested
  | EmailVerified
  | AllTokensRevoked
  | UserDisabled
  | UserEnabled
  | UserErased
  | RoleGranted
  | RoleRevoked;

/** An email belongs to a user from here on. */
export type EmailClaimed = Happening<'EmailClaimed', { readonly userId: string }>;
/** An erased user's email is free again. */
export type EmailReleased = Happening<'EmailReleased', { readonly userId: string }>;
/** What stands in the stream of an email; the newest one holds. */
export type EmailEvent = EmailClaimed | EmailReleased;
