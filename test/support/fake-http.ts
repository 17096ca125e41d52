import { createSecretKey, randomUUID } from 'node:crypto';
import { pino } from 'pino';
import type { AdminCommands } from '../../src/commands/admin-commands.js';
import type { Bearer, Commands, TokenPair } from '../../src/commands/commands.js';
import type { RefreshTokenClaims } from '../../src/domain/token-family/snapshot.js';
import { positionOf, type Position } from '../../src/event-store/position.js';
import { createApp } from '../../src/http/app.js';
import type { HttpDependencies, HttpQueries, HttpSettings, HttpUsers } from '../../src/http/dependencies.js';
import { LogPositions, type LogPositionWaits } from '../../src/http/log-positions.js';
import { Metrics } from '../../src/http/metrics/metrics.js';
import { PositionWaiters } from '../../src/http/position-waiters.js';
import { SecurityLog } from '../../src/http/security-log.js';
import { startServer, type RunningServer } from '../../src/http/server.js';
import { DpopProofs } from '../../src/security/dpop-proofs.js';
import { Limits, type LimitsOptions } from '../../src/security/limits/limits.js';
import { MemoryLimitCounters } from '../../src/security/limits/memory-limit-counters.js';
import { OAuthClients } from '../../src/security/oauth-clients.js';
import { LogPositionCodec } from '../../src/security/log-position-codec.js';
import { ApiClient, type Answer } from './api-client.js';
import { temporaryFolder } from './temporary-folder.js';

const KEY = createSecretKey(Buffer.alloc(32, 7));
export const codec = new LogPositionCodec(() => KEY);
export const USER = '0b3f1a52-5f5e-4a7e-9d37-0a4d5f1c2b3a';
export const SID = '5d0c8a34-0f43-4be1-a9cb-2f6c8f6f0a11';
export const DEVICE = 'c5b1b2e4-1a5e-4c7c-8a69-4a1f5a1c9d10';

/** A pair whose refresh token names its session and generation, as `fakeToken` does. */
export function fakePair(overrides: Partial<TokenPair> = {}): TokenPair {
  return {
    accessToken: 'an.access.token',
    refreshToken: fakeToken(SID, 1),
    expiresIn: 1_800,
    refreshExpiresIn: 604_800,
    refreshGraceSeconds: 30,
    sid: SID,
    deviceId: DEVICE,
    remember: true,
    bound: false,
    ...overrides,
  };
}

export const BEARER: Bearer = {
  userId: USER,
  sid: SID,
  deviceId: DEVICE,
  roles: [],
  authTime: 0,
  jkt: null,
  position: positionOf(1),
};

/** A text that the fake takes for a genuine refresh token. */
export function fakeToken(sid: string, generation: number, tokenIssuedAt = generation): string {
  return `genuine.${sid}.${generation}.${tokenIssuedAt}`;
}

function claimsOf(token: string): RefreshTokenClaims | null {
  const [word, sid, generation, tokenIssuedAt] = token.split('.');
  if (word !== 'genuine') return null;
  const family = { sid, generation: Number(generation), token: { tokenIssuedAt: Number(tokenIssuedAt) } };
  return { userId: USER, deviceId: DEVICE, family } as unknown as RefreshTokenClaims;
}

/** A member that a test did not script must not be called. */
function scripted<T extends object>(what: string, script: Partial<T>): T {
  return new Proxy(script, {
    get: (target, name) =>
      Reflect.get(target, name) ??
      (() => {
        throw new Error(`${what}.${String(name)} was called without a script`);
      }),
  }) as T;
}

export interface FakeOptions {
  readonly commands?: Partial<Commands>;
  readonly queries?: Partial<HttpQueries>;
  readonly admin?: Partial<AdminCommands>;
  readonly users?: Partial<HttpUsers>;
  readonly userAudit?: Partial<HttpDependencies['userAudit']>;
  readonly auditProofs?: Partial<HttpDependencies['auditProofs']>;
  readonly afterwards?: HttpDependencies['afterwards'];
  readonly settings?: Partial<HttpSettings>;
  readonly limits?: Pick<LimitsOptions, 'settings' | 'exempt'>;
  readonly more?: Partial<HttpDependencies>;
  /** How far the read model has applied the log, and how far the log goes. */
  readonly checkpoint?: () => Promise<Position | null>;
  readonly logEnd?: () => Promise<Position | null>;
  readonly waits?: LogPositionWaits;
}

export interface FakeApp {
  readonly api: ApiClient;
  readonly server: RunningServer;
  readonly url: string;
  readonly metrics: Metrics;
  readonly waiters: PositionWaiters;
  readonly publicFolder: string;
  /** What was logged. */
  readonly lines: Record<string, unknown>[];
  readonly dependencies: HttpDependencies;
  close(): Promise<void>;
}

export const QUIET_SOURCES = {
  lagSeconds: () => Promise.resolve(0),
  projectorState: (): 'running' => 'running',
  eraserState: (): 'running' => 'running',
  erasures: () => ({ pending: 0, lastDoneAt: null }),
  skippedEvents: () => ({ foreign: 0, disowned: 0, void: 0 }),
  leases: () => ({ projector: true }),
  stores: () => Promise.resolve({ event_store: true, read_model: true, key_store: true }),
  passwordQueues: () => ({ sign_in: 0, registration: 0, other: 0 }),
  version: '0.0.0',
} as const;

/** The HTTP interface over a real listener, with scripts in the place of commands and queries. */
export async function startFake(options: FakeOptions = {}): Promise<FakeApp> {
  const folder = temporaryFolder();
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const checkpoint = options.checkpoint ?? (() => Promise.resolve(positionOf(100)));
  const waiters = new PositionWaiters(checkpoint);
  const metrics = new Metrics(QUIET_SOURCES);
  const authenticate: HttpQueries['authenticate'] = (token) =>
    Promise.resolve(token === 'an.access.token' ? { outcome: 'authenticated', ...BEARER } : { outcome: 'invalid' });
  const dependencies: HttpDependencies = {
    commands: scripted<Commands>('commands', options.commands ?? {}),
    admin: scripted<AdminCommands>('admin', options.admin ?? {}),
    users: scripted<HttpUsers>('users', options.users ?? {}),
    userAudit: scripted<HttpDependencies['userAudit']>('userAudit', options.userAudit ?? {}),
    auditProofs: scripted<HttpDependencies['auditProofs']>('auditProofs', options.auditProofs ?? {}),
    now: Date.now,
    afterwards:
      options.afterwards ?? ((work) => void work().catch((error: unknown) => log.warn({ err: error }, 'afterwards'))),
    queries: scripted<HttpQueries>('queries', { authenticate, ...options.queries }),
    genuineToken: claimsOf,
    limits: new Limits({ counters: new MemoryLimitCounters(), secret: KEY, ...options.limits }),
    positions: new LogPositions({
      ...{ codec, waiters, waits: options.waits },
      logEnd: options.logEnd ?? (() => Promise.resolve(positionOf(100))),
    }),
    clients: new OAuthClients([], { verify: () => Promise.resolve(false) }),
    revocations: scripted<HttpDependencies['revocations']>('revocations', {}),
    proofs: new DpopProofs({ used: new MemoryLimitCounters(), now: Date.now }),
    jwks: () => ({ keys: [] }),
    metrics,
    securityLog: new SecurityLog(log, KEY),
    draining: () => false,
    log,
    settings: {
      issuer: 'https://auth.example.com',
      url: 'https://auth.example.com',
      openedIssuer: 'https://auth.example.com',
      allowedOrigins: ['https://app.example.org'],
      host: '127.0.0.1',
      trustProxy: 0,
      hstsSeconds: 0,
      passwordMinLength: 12,
      publicFolder: folder.path,
      ...options.settings,
    },
    ...options.more,
  };
  const server = await startServer(createApp(dependencies), { host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    api: new ApiClient(url),
    server,
    url,
    metrics,
    waiters,
    publicFolder: folder.path,
    lines,
    dependencies,
    close: async () => {
      await server.drain({ idleMs: 0, requestsMs: 1_000 });
      folder.remove();
    },
  };
}

/** The headers of somebody who is signed in. */
export const AUTHORIZATION = { authorization: 'Bearer an.access.token' };

/** Status and code of an answer. */
export const codeOf = ({ status, body }: Answer): [number, unknown] => [status, body.code];

/** An address that nobody used before. */
export const freshEmail = (): string => `${randomUUID()}@example.com`;
