import { readValues, VARIABLES, type Environment } from './config/environment.js';
import { ConfigError } from './config/errors.js';
import { isLoopback, overlap } from './config/networks.js';
import type { Role } from './config/server-variables.js';
import type { ValuesOf } from './config/variable.js';
import type { LimitSettings } from './security/limits/limit-settings.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How a process is set up. Durations in milliseconds; null is not set. */
export interface Config {
  readonly lifetimes: { readonly idleMs: number; readonly absoluteMs: number; readonly graceMs: number };
  readonly accessTokenMs: number;
  readonly accessTokenAlgorithm: 'EdDSA' | 'ES256' | 'RS256';
  /** Whether the environment sets it. */
  readonly accessTokenAlgorithmIsSet: boolean;
  readonly expirySweepCron: string;
  readonly retentionMs: number;
  readonly maxSessionsPerUser: number;
  readonly registration: 'open' | 'closed';
  readonly passwordMinLength: number;
  readonly resetCodeMs: number;
  readonly verifyCodeMs: number;
  /** Null: the issuer with which the log was opened, at the first start the URL at which the server listens. See `ownUrls`. */
  readonly issuer: string | null;
  readonly audience: string;
  readonly port: number;
  readonly host: string;
  readonly operationsPort: number;
  readonly operationsHost: string;
  /** Each as `URL.origin` writes it. */
  readonly allowedOrigins: readonly string[];
  /** How many proxies are in front; 0 is none. */
  readonly trustProxy: number;
  readonly drainMs: number;
  /** The `max-age` of Strict-Transport-Security in seconds; 0: the header is not sent. */
  readonly hstsSeconds: number;
  readonly roles: readonly Role[];
  readonly logLevel: string;
  readonly rateLimitExempt: readonly string[];
  readonly limits: ConfiguredLimits;
  readonly dataDir: string;
  /** Null: `archives` in the data folder. */
  readonly archiveDir: string | null;
  readonly keysFile: string | null;
  readonly eventStoreUrl: string | null;
  readonly mongoUrl: string | null;
  readonly streamPrefix: string;
  /** Null: mails are files in DATA_DIR/outbox. */
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  /** Where links in mails lead; null: where clients reach the server (`ownUrls`). */
  readonly publicUrl: string | null;
  /** The file of registered OAuth clients. */
  readonly oauthClientsFile: string | null;
  /** Whether each DPoP proof needs a nonce of this server. */
  readonly dpopNonce: 'off' | 'required';
  readonly sealEveryMs: number;
  /** Null: the host of the issuer with which the log was opened. */
  readonly sealOrigin: string | null;
}

/** How many of each are allowed; the windows are part of the names, 15 minutes where none is named. */
export interface ConfiguredLimits extends LimitSettings {
  /** 0: no limit. */
  readonly rotationsPerHour: number;
}

type Values = ValuesOf<typeof VARIABLES>;

/** Reads the configuration of a server from environment variables; an empty one counts as not set. Throws `ConfigError`. */
export function readConfig(environment: Environment): Config {
  const config = readToolConfig(environment);
  if (config.issuer === null && !isLoopback(config.host))
    throw new ConfigError(
      'ISSUER must be set when HOST is not a loopback address: it is the URL that clients use, for example ' +
        'https://auth.example.com.',
    );
  checkPorts(config);
  return config;
}

/** The same for the operator's tool, which listens nowhere and takes the issuer from the log. Throws `ConfigError`. */
export function readToolConfig(environment: Environment): Config {
  const env = readValues(VARIABLES, environment);
  // Several processes need the same keys, and an operator who deploys servers knows where secrets are kept.
  if ((env.EVENTSTORE_URL ?? env.MONGODB_URL) !== null && env.KEYS_FILE === null)
    throw new ConfigError(
      'KEYS_FILE must be set when EVENTSTORE_URL or MONGODB_URL is: every instance needs the same keys. ' +
        'Make them with `npx tokenledger keys init`.',
    );
  return {
    ...server(env),
    lifetimes: lifetimes(env, environment),
    accessTokenMs: env.ACCESS_TOKEN_EXPIRE_MINUTES * MINUTE_MS,
    accessTokenAlgorithm: env.ACCESS_TOKEN_ALGORITHM,
    accessTokenAlgorithmIsSet: (environment.ACCESS_TOKEN_ALGORITHM ?? '') !== '',
    expirySweepCron: env.EXPIRY_SWEEP_CRON,
    retentionMs: env.RETENTION_DAYS * DAY_MS,
    maxSessionsPerUser: env.MAX_SESSIONS_PER_USER,
    registration: env.REGISTRATION,
    passwordMinLength: env.PASSWORD_MIN_LENGTH,
    resetCodeMs: env.RESET_CODE_MINUTES * MINUTE_MS,
    verifyCodeMs: env.VERIFY_CODE_HOURS * HOUR_MS,
    issuer: env.ISSUER,
    audience: env.AUDIENCE,
    limits: limits(env),
    dataDir: env.DATA_DIR,
    archiveDir: env.ARCHIVE_DIR,
    keysFile: env.KEYS_FILE,
    eventStoreUrl: env.EVENTSTORE_URL,
    mongoUrl: env.MONGODB_URL,
    streamPrefix: env.STREAM_PREFIX,
    smtpUrl: env.SMTP_URL,
    mailFrom: env.MAIL_FROM,
    publicUrl: env.PUBLIC_URL,
    oauthClientsFile: env.OAUTH_CLIENTS_FILE,
    dpopNonce: env.DPOP_NONCE,
    sealEveryMs: env.SEAL_EVERY_SECONDS * SECOND_MS,
    sealOrigin: env.SEAL_ORIGIN,
  };
}

/** The two listeners of one process must not meet. */
function checkPorts({ roles, host, port, operationsHost, operationsPort }: Config): void {
  if (!roles.includes('http') || port === 0 || port !== operationsPort || !overlap(host, operationsHost)) return;
  throw new ConfigError(
    `PORT and OPERATIONS_PORT are both ${port}: set one of them to another port. What clients use and what operators use ` +
      'are two listeners.',
  );
}

function lifetimes(env: Values, environment: Environment): Config['lifetimes'] {
  // A short SESSION_MAX_DAYS alone shortens the default of the other; two that were both chosen may contradict each other.
  const idleIsChosen = (environment.REFRESH_TOKEN_EXPIRE_DAYS ?? '') !== '';
  if (env.REFRESH_TOKEN_EXPIRE_DAYS > env.SESSION_MAX_DAYS && idleIsChosen)
    throw new ConfigError(
      `REFRESH_TOKEN_EXPIRE_DAYS (${env.REFRESH_TOKEN_EXPIRE_DAYS}) must not be above SESSION_MAX_DAYS ` +
        `(${env.SESSION_MAX_DAYS}): lower it, or raise SESSION_MAX_DAYS.`,
    );
  return {
    idleMs: Math.min(env.REFRESH_TOKEN_EXPIRE_DAYS, env.SESSION_MAX_DAYS) * DAY_MS,
    absoluteMs: env.SESSION_MAX_DAYS * DAY_MS,
    graceMs: env.REFRESH_GRACE_SECONDS * SECOND_MS,
  };
}

function server(
  env: Values,
): Pick<
  Config,
  | 'port'
  | 'host'
  | 'operationsPort'
  | 'operationsHost'
  | 'allowedOrigins'
  | 'trustProxy'
  | 'drainMs'
  | 'hstsSeconds'
  | 'roles'
  | 'logLevel'
  | 'rateLimitExempt'
> {
  return {
    port: env.PORT,
    host: env.HOST,
    operationsPort: env.OPERATIONS_PORT,
    operationsHost: env.OPERATIONS_HOST,
    allowedOrigins: env.ALLOWED_ORIGINS ?? [],
    trustProxy: env.TRUST_PROXY,
    drainMs: env.DRAIN_SECONDS * SECOND_MS,
    hstsSeconds: env.HSTS_SECONDS,
    roles: env.ROLES,
    logLevel: env.LOG_LEVEL,
    rateLimitExempt: env.RATE_LIMIT_EXEMPT ?? [],
  };
}

function limits(env: Values): ConfiguredLimits {
  return {
    rotationsPerHour: env.LIMIT_ROTATIONS_PER_HOUR,
    signInFailuresPerAccountPerHour: env.LIMIT_SIGN_IN_FAILURES_PER_ACCOUNT_PER_HOUR,
    signInFailuresPerAccountAndNetwork: env.LIMIT_SIGN_IN_FAILURES_PER_ACCOUNT_AND_NETWORK,
    signInFailuresPerNetwork: env.LIMIT_SIGN_IN_FAILURES_PER_NETWORK,
    knownDeviceFailures: env.LIMIT_KNOWN_DEVICE_FAILURES,
    knownDevicesFailuresPerHour: env.LIMIT_KNOWN_DEVICES_FAILURES_PER_HOUR,
    registrationsPerNetworkPerHour: env.LIMIT_REGISTRATIONS_PER_NETWORK_PER_HOUR,
    mailRequestsPerNetworkPerHour: env.LIMIT_MAIL_REQUESTS_PER_NETWORK_PER_HOUR,
    mailsPerAddressPerHour: env.LIMIT_MAILS_PER_ADDRESS_PER_HOUR,
    mutationsPerHour: env.LIMIT_MUTATIONS_PER_HOUR,
    anonymousRequestsPerNetwork: env.LIMIT_ANONYMOUS_REQUESTS_PER_NETWORK,
  };
}

export { ConfigError } from './config/errors.js';
export { localUrl, serverUrl } from './config/server-url.js';
export type { Role } from './config/server-variables.js';
