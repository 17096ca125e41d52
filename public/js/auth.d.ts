/**
 * Types of `tokenledger-auth`: signing in and staying signed in, for a page in a browser. What auth.js promises stands at the head
 * of auth.js itself.
 */

/** Where the refresh token is kept: in an HttpOnly cookie, or in localStorage, which every script of the origin can read. */
export type Mode = 'cookie' | 'storage';

export interface AuthConfig {
  /** The one origin that gets the Bearer token. The page's own by default. */
  apiOrigin?: string | undefined;
  /**
   * Where sign-ins keep the refresh token. `cookie` by default; `storage` where the page is no secure context, because browsers
   * refuse the cookie there. A page of another site than the API's (`example.org` and `example.com`) needs `storage`: browsers send it no
   * cookie that is `SameSite=Strict`. Another origin of the same site (`app.example.com` and `auth.example.com`) does not.
   */
  mode?: Mode | undefined;
  /** Where the sign-in endpoints are. `/api/v1/auth` by default; for an issuer `https://example.com/auth` it is `/auth/api/v1/auth`. */
  basePath?: string | undefined;
  /** Prefix of all names in localStorage, of the lock and of the channel. `tokenledger` by default; each API needs its own. */
  storageKey?: string | undefined;
  /** How long another tab may hold a refresh up before it is passed over. 5 000 by default. */
  lockWaitMs?: number | undefined;
  /**
   * How long one call repeats a refresh that gets no answer; a later call goes on with the same attempt. By default as long as the
   * server's grace lasts, less `requestTimeoutMs`: at least 20 000 and at most 60 000.
   */
  retryForMs?: number | undefined;
  /** How long one request of this module (not of `apiRequest`) may take. 8 000 by default. */
  requestTimeoutMs?: number | undefined;
  /**
   * Binds sessions to a key that no script can read (DPoP, RFC 9449): nobody can use a stolen token without this browser. Loads
   * auth-dpop.js. All clients of one API in an origin must agree on it. Sign-ins reject with `DpopUnavailableError` (code
   * `dpop_unavailable`) where the browser keeps no key. False by default.
   */
  dpop?: boolean | undefined;
}

/** What is known of the session; never a token. Times are milliseconds since 1970 by this machine's clock. */
export interface Session {
  sessionId: string;
  deviceId: string;
  deviceName: string | undefined;
  mode: Mode;
  accessExpiresAt: number;
  refreshExpiresAt: number;
}

/** Why the session changed. `ended`: the server refused to go on with it. */
export type AuthReason = 'login' | 'refresh' | 'logout' | 'ended';
export type AuthListener = (session: Session | null, reason: AuthReason) => void;

/** A place in the input and what is wrong there. */
export interface FieldError {
  path: string;
  message: string;
}

/** Problem details (RFC 9457) as the server sends them. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  code?: string;
  detail?: string;
  request_id?: string;
  errors?: FieldError[];
}

/**
 * The server's refusal. Its text never holds a token. `code` is the one of the problem details; `unavailable` stands for an answer
 * without a code, which is none of this server's, and `signed_out` (401) for a call without a session.
 */
export class AuthError extends Error {
  constructor(code: string, status: number, problem?: Problem | null, retryAfterSeconds?: number);
  readonly code: string;
  /** The HTTP status. */
  readonly status: number;
  readonly problem: Problem | null | undefined;
  /** Which fields the server did not accept; empty if it names none. */
  readonly errors: readonly FieldError[];
  /** The answer's Retry-After, if it is a number. */
  readonly retryAfterSeconds: number | undefined;
}

/** An active session as GET /devices lists it. Times are RFC 3339. */
export interface Device {
  session_id: string;
  device_id: string;
  device_name: string | null;
  ip: string | null;
  user_agent: string | null;
  issued_at: string;
  last_used_at: string;
  expires_at: string;
  generation: number;
  current: boolean;
  contested: boolean;
}

export interface EndedDevice {
  session_id: string;
  device_id: string;
  device_name: string | null;
  ended_at: string;
  reason: string;
}

export interface DevicePage {
  devices: Device[];
  recently_ended: EndedDevice[];
  /** What `after` takes to get the next page; null on the last one. */
  next: string | null;
}

export interface LoginInput {
  email: string;
  password: string;
  /** The name of the last sign-in in this browser by default. */
  deviceName?: string | undefined;
  /** Cookie mode: false makes it a session cookie, which ends with the browser. */
  remember?: boolean | undefined;
  /** For this sign-in, instead of the configured one. */
  mode?: Mode | undefined;
}

/**
 * Every method works on its own, also taken out of the object. Those that ask the server reject with `AuthError`, or with fetch's `TypeError` when the server was not reached. Where a
 * method takes `password`, the server may ask for it with the code `reauthentication_required` (403).
 */
export interface Auth {
  /**
   * Signs in. The device keeps its id over sign-ins. The session before, if there is one, ends: one whose refresh token is in the
   * cookie ends even if this sign-in fails.
   */
  readonly login: (input: LoginInput) => Promise<Session>;
  /** Makes an account. It signs nobody in. */
  readonly register: (input: {
    email: string;
    password: string;
    name?: string | undefined;
  }) => Promise<{ userId: string; email: string }>;
  /** Changes the password, which ends all sessions of the user; this device goes on with a new one. */
  readonly changePassword: (input: { currentPassword: string; newPassword: string }) => Promise<Session>;
  /** The user's devices, a page at a time. */
  readonly devices: (page?: { limit?: number | undefined; after?: string | undefined }) => Promise<DevicePage>;
  readonly renameDevice: (sessionId: string, name: string) => Promise<void>;
  /** Ends a session of the user; this one too, if it is named. */
  readonly removeDevice: (sessionId: string, options?: { password?: string | undefined }) => Promise<void>;
  /** Ends the session here at once; resolves to whether the server has revoked it too. */
  readonly logout: () => Promise<boolean>;
  /** Ends all sessions of the user, or all others. Rejects, and ends nothing, when the server did not do so. */
  readonly logoutAll: (options?: { keepCurrent?: boolean | undefined; password?: string | undefined }) => Promise<void>;
  /**
   * Erases the user's account, for good, and signs out. Rejects, and ends nothing, when the server did not do so; a wrong password is
   * the code `invalid_credentials`.
   */
  readonly deleteAccount: (input: { password: string }) => Promise<void>;
  /**
   * As fetch, signed in: paths are the API's. Rejects with `AuthError` if the session has ended or could not be refreshed. Other
   * origins are fetched without a token. A body that is a stream is read to its end first.
   */
  readonly apiRequest: (input: Parameters<typeof fetch>[0], init?: RequestInit) => Promise<Response>;
  /**
   * A Bearer token for what apiRequest cannot do: a WebSocket, server-sent events, or (with `dpopFetch`, if it is bound) a resource
   * server at another origin. It is good for that many seconds (60 by
   * default), or for most of its life where that is less.
   */
  readonly getAccessToken: (options?: { minValiditySeconds?: number | undefined }) => Promise<string>;
  readonly getSession: () => Session | null;
  /** Reports every change, also one made in another tab or by another `createAuth`. What it returns takes the listener off. */
  readonly onAuthChange: (listener: AuthListener) => () => void;
  /** Stops timers, listeners and the channel. The session stays. */
  readonly dispose: () => void;
}

/** One client of the API. On a server, where there is no `location`, it is signed out and stays so. */
export function createAuth(config?: AuthConfig): Auth;
