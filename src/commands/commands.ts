import type { Actor } from '../domain/event.js';
import type { Position } from '../event-store/position.js';
import type { Bearer } from '../security/bearer.js';

/** Where a request comes from: kept with the events it causes. */
export interface RequestSource {
  /** The server's own id of the request or run. */
  readonly correlationId: string;
  /** The client's address in its canonical form, if there is one. Sealed before it is stored. */
  readonly ip: string | null;
  /** The client's User-Agent, if there is one. Sealed before it is stored. */
  readonly userAgent: string | null;
  /** Aborted when the client hung up: work that has not begun by then is dropped. */
  readonly signal?: AbortSignal;
}

/** What a sign-in or a refresh hands out (RFC 6749 §5.1). Times are whole seconds from now, rounded down. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly refreshExpiresIn: number;
  readonly refreshGraceSeconds: number;
  readonly sid: string;
  readonly deviceId: string;
  /** False: a browser's cookie ends with the browser. */
  readonly remember: boolean;
  /** Whether the family is bound to a key: `token_type` is `DPoP` then at /oauth2/token (RFC 9449 §5). */
  readonly bound: boolean;
}

export type { Bearer };

export type RegisterResult =
  | { readonly outcome: 'registered'; readonly userId: string; readonly email: string; readonly position: Position }
  | { readonly outcome: 'email_taken' | 'registration_closed' }
  | { readonly outcome: 'password_too_common' };
export type SignInResult =
  | { readonly outcome: 'issued'; readonly tokens: TokenPair; readonly userId: string; readonly position: Position }
  | { readonly outcome: 'invalid_credentials' }
  /** Only with the right password. */
  | { readonly outcome: 'account_disabled' };
export type RefreshResult =
  | { readonly outcome: 'invalid' }
  /** The proof is missing or wrong for a bound family (400 `invalid_dpop_proof`): hurts nobody. */
  | { readonly outcome: 'invalid_proof' }
  | { readonly outcome: 'limited'; readonly retryAfterSeconds: number }
  | {
      readonly outcome: 'expired' | 'revoked' | 'reused';
      readonly userId: string;
      readonly sid: string;
      readonly position: Position;
    }
  | {
      readonly outcome: 'rotated' | 'redelivered' | 'contested';
      readonly tokens: TokenPair;
      readonly userId: string;
      readonly sid: string;
      readonly position: Position;
    };
export interface EndedSession {
  readonly outcome: 'revoked' | 'ended_before';
  readonly userId: string;
  readonly sid: string;
  readonly position: Position;
}
/** `unproven`: the family is bound to a key that the request does not prove. */
export type SignOutResult = EndedSession | { readonly outcome: 'invalid' | 'unproven' };
/** `another_client`: an OAuth client has adopted the family, and it is another one that asks. */
export type RevocationResult = EndedSession | { readonly outcome: 'invalid' } | { readonly outcome: 'another_client' };
export type SignOutAllResult =
  | { readonly outcome: 'revoked'; readonly position: Position }
  /** The calling session had itself ended meanwhile. */
  | { readonly outcome: 'session_ended' }
  | { readonly outcome: 'invalid_credentials' | 'reauthentication_required' };
export type SessionRemovalResult =
  | { readonly outcome: 'revoked'; readonly position: Position }
  | { readonly outcome: 'not_found' | 'invalid_credentials' | 'reauthentication_required' };
export type DeviceRenameResult =
  { readonly outcome: 'renamed'; readonly position: Position } | { readonly outcome: 'not_found' };
export type PasswordChangeResult =
  | { readonly outcome: 'changed'; readonly tokens: TokenPair; readonly position: Position }
  | { readonly outcome: 'invalid_credentials' | 'session_ended' | 'password_too_common' | 'same_password' };
export type AccountDeletionResult =
  | { readonly outcome: 'deleted'; readonly position: Position }
  /** The calling session had itself ended meanwhile. */
  | { readonly outcome: 'session_ended' | 'invalid_credentials' };
export type PasswordResetResult =
  | { readonly outcome: 'reset'; readonly userId: string; readonly position: Position }
  | { readonly outcome: 'code_invalid' | 'code_expired' | 'password_too_common' | 'same_password' };
export type EmailVerificationRequestResult =
  { readonly outcome: 'requested' | 'unchanged'; readonly position: Position } | { readonly outcome: 'session_ended' };
export type EmailVerificationResult =
  | { readonly outcome: 'verified' | 'already_verified'; readonly userId: string; readonly position: Position }
  | { readonly outcome: 'code_invalid' | 'code_expired' };
/** What a refresh presents besides the token. */
export interface Presented {
  readonly refreshToken: string;
  /** The `Idempotency-Key` as it was sent, unquoted; null without one. */
  readonly idempotencyKey: string | null;
  /** The thumbprint of a valid DPoP proof; null without one. An invalid proof never gets here. */
  readonly jkt: string | null;
  /** The `client_id` of a request at /oauth2/token; null elsewhere. */
  readonly clientId: string | null;
}

/** A session of somebody, as commands name it. */
export interface SessionRef {
  readonly sid: string;
  readonly deviceId: string;
}

/** What the HTTP layer may ask for. All reject with `StoreUnavailableError` when a store they need does not answer. */
export interface Commands {
  /** May reject with `TooBusyError` or `ClientGoneError` (src/security/passwords.ts). `email` is a normal form. */
  register(input: { email: string; password: string; name: string | null }, source: RequestSource): Promise<RegisterResult>;
  signIn(
    input: {
      email: string;
      password: string;
      deviceId: string | null;
      deviceName: string | null;
      remember: boolean;
      jkt: string | null;
    },
    source: RequestSource,
  ): Promise<SignInResult>;
  refresh(presented: Presented, source: RequestSource): Promise<RefreshResult>;
  /** As `refresh` for a family's present token and for a retry by the same client; else null, and nothing is appended. */
  refreshIfGood(presented: Presented, source: RequestSource): Promise<RefreshResult | null>;
  /** Ends the family of a refresh token, whichever of its generations is presented; one that is bound to a key, with that key alone. */
  signOut(presented: { refreshToken: string; jkt: string | null }, source: RequestSource): Promise<SignOutResult>;
  /** Ends the family of a refresh token or of a valid access token (RFC 7009 §2.1), unless it is another client's; `clientId` null is our own client. */
  revokeToken(toRevoke: { token: string; clientId: string | null }, source: RequestSource): Promise<RevocationResult>;
  /** Ends all families of the bearer's user, by one append; with `keepCurrent` all but the bearer's own. */
  signOutAll(
    bearer: Bearer,
    input: { keepCurrent: boolean; password: string | null },
    source: RequestSource,
  ): Promise<SignOutAllResult>;
  /** Ends one session of the bearer's user. `not_found` also if it has ended already or is another user's. */
  removeSession(
    bearer: Bearer,
    session: SessionRef & { password: string | null },
    source: RequestSource,
  ): Promise<SessionRemovalResult>;
  /** `name` null removes the name. */
  renameDevice(
    bearer: Bearer,
    session: SessionRef & { name: string | null },
    source: RequestSource,
  ): Promise<DeviceRenameResult>;
  /** Changes the password and ends all families; a new one begins on the bearer's device. */
  changePassword(
    bearer: Bearer,
    input: { currentPassword: string; newPassword: string },
    source: RequestSource,
  ): Promise<PasswordChangeResult>;
  /** Erases the bearer's own account, for good, if the password is right. */
  deleteAccount(bearer: Bearer, input: { password: string }, source: RequestSource): Promise<AccountDeletionResult>;
  /** Starts a reset for the user of an email; for the metrics alone it says whether anybody has. */
  forgotPassword(email: string, source: RequestSource): Promise<'requested' | 'unknown'>;
  resetPassword(input: { code: string; newPassword: string }, source: RequestSource): Promise<PasswordResetResult>;
  /** Asks for a mail with a code, unless the email is verified or `mayMail` says no for it: nothing is appended then. */
  requestEmailVerification(
    bearer: Bearer,
    mayMail: (email: string) => Promise<boolean>,
    source: RequestSource,
  ): Promise<EmailVerificationRequestResult>;
  verifyEmail(code: string, source: RequestSource): Promise<EmailVerificationResult>;
  /**
   * Which account and device a refresh token proves for the limits of a sign-in (INTERFACE §1): null if it proves none. `isOld`: it is
   * from before the last change of password.
   */
  knownDevice(proof: {
    refreshToken: string;
    email: string;
    deviceId: string | null;
  }): Promise<{ readonly deviceId: string; readonly isOld: boolean } | null>;
}

/** Who does something to somebody else's account or session: an administrator or an operator. */
export type Authority = Extract<Actor, `operator:${string}` | `admin:${string}`>;
