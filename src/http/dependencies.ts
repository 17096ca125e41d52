import type { Logger } from 'pino';
import type { UserAudit } from '../audit/user-audit.js';
import type { AdminCommands } from '../commands/admin-commands.js';
import type { Bearer, Commands, SessionRef } from '../commands/commands.js';
import type { AuthenticationResult } from '../queries/authenticate.js';
import type { HistoryPage } from '../queries/device-history.js';
import type { IntrospectionResult } from '../queries/introspect.js';
import type { RefreshTokenClaims } from '../domain/token-family/snapshot.js';
import type { Instant } from '../domain/instant.js';
import type { OwnAccount, DevicesCursor, DeviceList } from '../queries/queries.js';
import type { Users } from '../queries/users.js';
import type { DpopProofs } from '../security/dpop-proofs.js';
import type { OAuthClients } from '../security/oauth-clients.js';
import type { Limits } from '../security/limits/limits.js';
import type { Dpop } from './dpop.js';
import type { LogPositions } from './log-positions.js';
import type { HttpMetrics } from './metrics/metrics.js';
import type { Origins, OriginSettings } from './origins.js';
import type { RefreshCookie } from './refresh-cookie.js';
import type { SecurityLog } from './security-log.js';

export interface HttpSettings extends OriginSettings {
  /** Where clients reach this server: endpoints, pages and the path of the cookie are below it. */
  readonly url: string;
  /** The issuer with which the log was opened: it names the cookie. */
  readonly openedIssuer: string;
  /** How many proxies in front add to X-Forwarded-For; 0 is none. */
  readonly trustProxy: number;
  /** max-age of Strict-Transport-Security; 0 leaves the header out. */
  readonly hstsSeconds: number;
  /** The fewest characters of a new password, at least 12. */
  readonly passwordMinLength: number;
  /** The folder of files served under `/`. */
  readonly publicFolder: string;
}

/** Knows the registered OAuth clients (src/security/oauth-clients.ts). */
export type ClientRegistry = Pick<OAuthClients, 'origins' | 'hasSecret' | 'hasRole' | 'authenticateOne'>;

/** Knows the holders of access tokens: decided from the log, so that an ended session is refused at once. */
export interface TokenAuthentication {
  authenticate(accessToken: string): Promise<AuthenticationResult>;
}

/** What users ask about themselves. All reject with `StoreUnavailableError` when a store they need does not answer. */
export interface HttpQueries extends TokenAuthentication {
  /** Null if the read model does not know the account yet. */
  me(bearer: Bearer): Promise<OwnAccount | null>;
  /** The active sessions, newest use first, at most `limit`; with those that ended last. */
  devices(
    asker: Pick<Bearer, 'userId' | 'sid'>,
    page: { readonly limit: number; readonly after: DevicesCursor | null },
  ): Promise<DeviceList>;
  /** One of the bearer's own sessions, also one that has ended; null if there is none of that id. */
  session(asker: Pick<Bearer, 'userId' | 'sid'>, sid: string): Promise<SessionRef | null>;
  /** What a token is, by the log. */
  introspect(token: string): Promise<IntrospectionResult>;
  /** At most a hundred events of a device, newest first; before a revision, if one is given. */
  deviceEvents(bearer: Bearer, session: SessionRef, before: number | null): Promise<HistoryPage>;
}

/** What administrators ask about everybody. */
export type HttpUsers = Pick<Users, 'page' | 'byEmail' | 'find'>;

/** One thing that a receiver of the revocation feed reads; `id` is the place to resume from after it. */
export type FeedItem =
  | { readonly kind: 'message'; readonly id: string; readonly set: string }
  /** Everything that the log held a moment ago was sent. */
  | { readonly kind: 'caught_up'; readonly id: string }
  /** There is more, or nobody knows: the event store does not answer. */
  | { readonly kind: 'behind' };

/** What ended, as signed security event tokens. */
export interface Revocations {
  /**
   * Begins a stream: after the id, or now without one. Null if the id was never given, or is of a part of the log that a restore
   * has lost. Rejects with `StoreUnavailableError`.
   */
  open(lastEventId: string | null): Promise<((signal: AbortSignal) => AsyncIterable<FeedItem>) | null>;
}

/** What auditors ask about the log as a whole. */
export interface AuditProofs {
  /** The newest checkpoint note; null if there is none yet. */
  newestNote(): Promise<string | null>;
  /** The verifier key by which notes are checked, `name+hash+key`. */
  verifierKey(): string;
  /** The text of a `.tlog-proof` of an event. Rejects with `NotProvableError` and with `InconsistentLogError`. */
  prove(eventId: string): Promise<string>;
}

/** What the public HTTP interface stands on. */
export interface HttpDependencies {
  readonly commands: Commands;
  readonly admin: AdminCommands;
  readonly queries: HttpQueries;
  readonly users: HttpUsers;
  /** What auditors ask about users. */
  readonly userAudit: Pick<UserAudit, 'find' | 'timeline' | 'state' | 'theftsOf' | 'destroyedStreams'>;
  readonly auditProofs: AuditProofs;
  /** Milliseconds since 1970. */
  readonly now: () => Instant;
  /** Does something after the answer was sent; its failure is logged. */
  readonly afterwards: (work: () => Promise<unknown>) => void;
  /** The claims of a genuine refresh token, whether or not its family still lives; null if it is none of ours. */
  readonly genuineToken: (token: string) => RefreshTokenClaims | null;
  readonly limits: Pick<Limits, 'reserveSignIn' | 'reservePasswordCheck' | 'reserveClientAuthentication' | 'consume'>;
  readonly positions: LogPositions;
  readonly clients: ClientRegistry;
  readonly revocations: Revocations;
  readonly proofs: Pick<DpopProofs, 'verify' | 'nonce'>;
  /** The public keys, as a JWK Set. */
  readonly jwks: () => object;
  readonly metrics: HttpMetrics;
  readonly securityLog: SecurityLog;
  /** Whether the server is about to stop: answers are then the last of their connection. */
  readonly draining: () => boolean;
  readonly log: Logger;
  readonly settings: HttpSettings;
}

/** What handlers stand on: the same, with what the application makes of the settings. */
export interface HttpServices extends HttpDependencies {
  readonly cookie: RefreshCookie;
  readonly origins: Origins;
  readonly dpop: Dpop;
}
