import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { CommandContext } from '../commands/context.js';
import { createCommands } from '../commands/create-commands.js';
import type { Config } from '../config.js';
import { readOAuthClients } from '../config/oauth-clients-file.js';
import type { HttpDependencies } from '../http/dependencies.js';
import type { SecurityLog } from '../http/security-log.js';
import { DpopProofs } from '../security/dpop-proofs.js';
import type { Keyring } from '../security/keyring.js';
import { Limits } from '../security/limits/limits.js';
import { OAuthClients } from '../security/oauth-clients.js';
import type { Passwords } from '../security/passwords.js';
import { httpQueries } from './http-queries.js';
import type { WatchedLog } from './open-log.js';
import type { Stores } from './stores.js';

// Beside dist/, in which this file lies once compiled.
const PUBLIC_FOLDER = fileURLToPath(new URL('../../../public', import.meta.url));

/** What was opened before. */
export interface HttpParts {
  readonly config: Config;
  readonly log: Logger;
  readonly keyring: Keyring;
  readonly stores: Stores;
  readonly watched: WatchedLog;
  readonly securityLog: SecurityLog;
  readonly passwords: Passwords;
  readonly now: () => number;
}

/** What was made of it. */
export interface HttpMade extends Pick<HttpDependencies, 'metrics' | 'positions' | 'revocations' | 'draining'> {
  readonly context: CommandContext;
  /** The `iss` of tokens. */
  readonly issuer: string;
}

/** What the HTTP interface stands on. Throws `ConfigError` if the file of OAuth clients is not usable. */
export function httpDependencies(parts: HttpParts, made: HttpMade): HttpDependencies {
  const { config, log, keyring, stores, watched, securityLog, passwords, now } = parts;
  const { context, issuer, metrics, positions, revocations, draining } = made;
  const clients = config.oauthClientsFile === null ? [] : readOAuthClients(config.oauthClientsFile);
  return {
    ...{ metrics, positions, revocations, draining, log, securityLog },
    commands: createCommands(context),
    queries: httpQueries(context, stores),
    genuineToken: (token) => context.refreshTokens.verify(token),
    limits: new Limits({
      counters: stores.limitCounters,
      secret: keyring.lookup,
      settings: config.limits,
      exempt: config.rateLimitExempt,
    }),
    clients: new OAuthClients(clients, passwords),
    proofs: new DpopProofs({ used: stores.usedProofs, now }),
    jwks: () => keyring.jwks(now()),
    settings: {
      issuer,
      openedIssuer: watched.eventLog.openedIssuer,
      allowedOrigins: config.allowedOrigins,
      host: config.host,
      trustProxy: config.trustProxy,
      hstsSeconds: config.hstsSeconds,
      passwordMinLength: config.passwordMinLength,
      publicFolder: PUBLIC_FOLDER,
    },
  };
}
