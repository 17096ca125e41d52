import { BlockList, isIP } from 'node:net';
import { scheduleJob } from 'node-schedule';
import { z } from 'zod';
import type { Lifetimes } from './domain/token-family/facts.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
// A hundred years: beyond it dates stop being what everybody can read.
export const MOST_DAYS = 36_500;

const ROLES = ['http', 'projector', 'scheduler'] as const;
/** What a process does. */
export type Role = (typeof ROLES)[number];

/** A number above 0, fractions allowed. */
const amount = (most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .refine((value) => value > 0 && value <= most, `must be above 0 and at most ${most}`);

const list = z.string().transform((value) => value.split(',').map((item) => item.trim()));

/** The environment, one entry a variable: how it is checked and what it is for. `npm run docs` writes its reference. */
export const ENVIRONMENT = {
  REFRESH_TOKEN_EXPIRE_DAYS: amount(MOST_DAYS).describe('Days after which a session that is not used expires.'),
  SESSION_MAX_DAYS: amount(MOST_DAYS).describe('Days after which a session expires however often it is used.'),
  ACCESS_TOKEN_EXPIRE_MINUTES: amount(24 * 60).describe('Minutes an access token is valid.'),
  REFRESH_GRACE_SECONDS: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .refine((value) => value <= 3600, 'must be at most 3600')
    .describe('Seconds in which the previous refresh token may be presented again.'),
  EXPIRY_SWEEP_CRON: z
    .string()
    .refine(isCron, 'must be a cron expression')
    .describe('When the expiry sweep runs, as a cron expression; it also runs once at the start.'),
  RETENTION_DAYS: amount(MOST_DAYS).describe('Days an ended session stays in the read model.'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((port) => port <= 65_535, 'must be at most 65535')
    .describe('The port to listen on; 0 takes any that is free.'),
  HOST: z.string().describe('The address to listen on.'),
  ISSUER: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .describe('The issuer (`iss`) of all tokens, an http or https URL; without it, `http://HOST:PORT`.'),
  AUDIENCE: z.string().describe('The audience (`aud`) of access tokens.'),
  RATE_LIMIT_EXEMPT: list
    .refine((networks) => networks.every(isNetwork), 'must be networks such as 10.0.0.0/8, separated by commas')
    .describe('Networks whose failed sign-ins are not limited, separated by commas.'),
  DATA_DIR: z.string().describe('The folder of the embedded stores and of generated keys.'),
  EVENTSTORE_URL: z
    .string()
    .regex(/^esdb(\+discover)?:\/\/./, 'must be a connection string that begins with esdb://')
    .describe('EventStoreDB for the events, a connection string (`esdb://…`); without it they are kept in DATA_DIR.'),
  MONGODB_URL: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/./, 'must be a connection string that begins with mongodb://')
    .describe(
      'MongoDB for the read model, leases and users’ keys, a connection string (`mongodb://…`); without it they are kept ' +
        'in DATA_DIR.',
    ),
  KEYS_FILE: z
    .string()
    .describe(
      'The file of signing, master and lookup keys, mode 600; without it, keys.json in DATA_DIR, made on the first start. ' +
        'Required with EVENTSTORE_URL or MONGODB_URL.',
    ),
  ROLES: list
    .pipe(z.array(z.enum(ROLES, { error: `must be some of ${ROLES.join(',')}` })))
    .describe(`What this process does: ${ROLES.join(', ')}, or some of them, separated by commas.`),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be a level such as info or debug',
    })
    .describe('From which level on lines are logged; requests that went well are at debug.'),
  TRUST_PROXY: z
    .string()
    .regex(/^(true|false|\d{1,2})$/, 'must be true, false or the number of proxies')
    .transform((value) => (value === 'true' ? 1 : value === 'false' ? 0 : Number(value)))
    .describe('How many proxies in front add to X-Forwarded-For; `true` is one.'),
} as const;

/** What the variables are when they are not set; those not named stay unset. */
export const DEFAULTS = {
  REFRESH_TOKEN_EXPIRE_DAYS: '7',
  SESSION_MAX_DAYS: '90',
  ACCESS_TOKEN_EXPIRE_MINUTES: '30',
  REFRESH_GRACE_SECONDS: '30',
  EXPIRY_SWEEP_CRON: '0 * * * *',
  RETENTION_DAYS: '30',
  PORT: '8080',
  HOST: '127.0.0.1',
  AUDIENCE: 'tokenledger',
  DATA_DIR: './data',
  ROLES: ROLES.join(','),
  LOG_LEVEL: 'info',
  TRUST_PROXY: 'false',
} as const satisfies Partial<Record<keyof typeof ENVIRONMENT, string>>;

/** How a process is set up. Durations in milliseconds; null is not set. */
export interface Config {
  readonly lifetimes: Lifetimes;
  readonly accessTokenMs: number;
  readonly expirySweepCron: string;
  readonly retentionMs: number;
  readonly port: number;
  readonly host: string;
  readonly issuer: string;
  readonly audience: string;
  readonly rateLimitExempt: readonly string[];
  readonly dataDir: string;
  readonly eventStoreUrl: string | null;
  readonly mongoUrl: string | null;
  readonly keysFile: string | null;
  readonly roles: readonly Role[];
  readonly logLevel: string;
  /** How many proxies are in front; 0 is none. */
  readonly trustProxy: number;
}

/** The environment is not usable. The message names each variable and what is wrong, never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const Environment = z.object({
  ...ENVIRONMENT,
  ISSUER: ENVIRONMENT.ISSUER.optional(),
  RATE_LIMIT_EXEMPT: ENVIRONMENT.RATE_LIMIT_EXEMPT.optional(),
  EVENTSTORE_URL: ENVIRONMENT.EVENTSTORE_URL.optional(),
  MONGODB_URL: ENVIRONMENT.MONGODB_URL.optional(),
  KEYS_FILE: ENVIRONMENT.KEYS_FILE.optional(),
});

/** Reads the configuration from environment variables; an empty one counts as not set. Throws `ConfigError`. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Environment.safeParse({ ...DEFAULTS, ...set });
  if (!parsed.success) {
    const reasons = parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`);
    throw new ConfigError(reasons.join('; '));
  }
  const env = parsed.data;
  // Several processes must have the same keys, and whoever deploys servers knows where secrets are kept.
  if ((env.EVENTSTORE_URL ?? env.MONGODB_URL) !== undefined && env.KEYS_FILE === undefined)
    throw new ConfigError('KEYS_FILE must be set when EVENTSTORE_URL or MONGODB_URL is');
  return {
    lifetimes: {
      idleMs: env.REFRESH_TOKEN_EXPIRE_DAYS * DAY_MS,
      absoluteMs: env.SESSION_MAX_DAYS * DAY_MS,
      graceMs: env.REFRESH_GRACE_SECONDS * SECOND_MS,
    },
    accessTokenMs: env.ACCESS_TOKEN_EXPIRE_MINUTES * MINUTE_MS,
    expirySweepCron: env.EXPIRY_SWEEP_CRON,
    retentionMs: env.RETENTION_DAYS * DAY_MS,
    port: env.PORT,
    host: env.HOST,
    issuer: env.ISSUER ?? serverUrl(env.HOST, env.PORT),
    audience: env.AUDIENCE,
    rateLimitExempt: env.RATE_LIMIT_EXEMPT ?? [],
    dataDir: env.DATA_DIR,
    eventStoreUrl: env.EVENTSTORE_URL ?? null,
    mongoUrl: env.MONGODB_URL ?? null,
    keysFile: env.KEYS_FILE ?? null,
    roles: env.ROLES,
    logLevel: env.LOG_LEVEL,
    trustProxy: env.TRUST_PROXY,
  };
}

/** The URL of a server that listens at an address; one of IPv6 stands in brackets there (RFC 3986 §3.2.2). */
export function serverUrl(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function isCron(expression: string): boolean {
  // The scheduler itself judges: it answers null for what it cannot read. One that never fires is refused likewise.
  const job = scheduleJob(expression, () => undefined) as ReturnType<typeof scheduleJob> | null;
  job?.cancel();
  return job !== null;
}

function isNetwork(network: string): boolean {
  const [address = '', prefix, ...rest] = network.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  try {
    new BlockList().addSubnet(address, /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1, family === 6 ? 'ipv6' : 'ipv4');
    return true;
  } catch {
    return false;
  }
}
