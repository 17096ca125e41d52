import type { Position } from '../event-store/position.js';

/** Where a command comes from: kept with the events it causes. */
export interface Origin {
  /** The request's id, or the run's. */
  readonly correlationId: string;
  /** The client's address, if there is one. Sealed before it is stored. */
  readonly ip: string | null;
  /** The client's User-Agent, if there is one. Sealed before it is stored. */
  readonly userAgent: string | null;
}

/** What a sign-in or a refresh hands out (RFC 6749 §5.1). Times are seconds from now. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly refreshExpiresIn: number;
  readonly sid: string;
  readonly deviceId: string;
}

/** The holder of a Bearer token that was accepted just now: its family was alive by the log. */
export interface Bearer {
  readonly userId: string;
  readonly sid: string;
  readonly deviceId: string;
  /** The newest log position seen while checking: what a query must have applied to show this session as it is. */
  readonly position: Position;
}

export type Registration =
  | { readonly outcome: 'registered'; readonly userId: string; readonly email: string; readonly position: Position }
  | { readonly outcome: 'email_taken' };
export type SignIn =
  | { readonly outcome: 'issued'; readonly tokens: TokenPair; readonly userId: string; readonly position: Position }
  | { readonly outcome: 'invalid_credentials' };
export type Refresh =
  | { readonly outcome: 'invalid' }
  | { readonly outcome: 'expired' | 'revoked' | 'reused'; readonly userId: string; readonly position: Position }
  | {
      readonly outcome: 'rotated' | 'redelivered';
      readonly tokens: TokenPair;
      readonly userId: string;
      readonly position: Position;
    };
export type SignOut =
  | { readonly outcome: 'revoked' | 'ended_before'; readonly userId: string; readonly position: Position }
  | { readonly outcome: 'invalid' };
export type SignOutAll =
  | { readonly outcome: 'revoked'; readonly position: Position }
  /** The calling session had itself ended meanwhile. */
  | { readonly outcome: 'session_ended' };
export type SessionRemoval =
  { readonly outcome: 'revoked'; readonly position: Position } | { readonly outcome: 'not_found' };
export type PasswordChange =
  | { readonly outcome: 'changed'; readonly position: Position }
  | { readonly outcome: 'invalid_credentials' | 'session_ended' };
export type Authentication =
  ({ readonly outcome: 'authenticated' } & Bearer) | { readonly outcome: 'invalid' | 'expired' | 'revoked' };

/** What the HTTP layer may ask for. All reject with `StoreUnavailableError` when a store they need is away. */
export interface Commands {
  register(input: { email: string; password: string; name?: string | undefined }, origin: Origin): Promise<Registration>;
  /** May reject with `TooBusyError` (src/security/passwords.ts) when too many passwords wait to be checked. */
  signIn(
    input: { email: string; password: string; deviceId?: string | undefined; deviceName?: string | undefined },
    origin: Origin,
  ): Promise<SignIn>;
  refresh(refreshToken: string, origin: Origin): Promise<Refresh>;
  /** Ends the family of a refresh token, whichever of its generations is presented. */
  signOut(refreshToken: string, origin: Origin): Promise<SignOut>;
  /** Ends all families of the bearer's user, by one append; with `keepCurrent` all but the bearer's own. */
  signOutAll(bearer: Bearer, keepCurrent: boolean, origin: Origin): Promise<SignOutAll>;
  /** Ends one session of the bearer's user. `not_found` also if it has ended already or is another user's. */
  removeSession(bearer: Bearer, session: { sid: string; deviceId: string }, origin: Origin): Promise<SessionRemoval>;
  /** Changes the password and ends all families but the bearer's own. */
  changePassword(
    bearer: Bearer,
    input: { currentPassword: string; newPassword: string },
    origin: Origin,
  ): Promise<PasswordChange>;
  /** Checks a Bearer access token: signature and claims (RFC 9068 §4), then, by the log, whether its family lives. */
  authenticate(accessToken: string): Promise<Authentication>;
}
