import { existsSync } from 'node:fs';
import type { Config } from '../config.js';
import { dataFiles } from '../config/data-files.js';
import type { KeyStore } from '../key-store/key-store.js';
import { AccessTokens } from '../security/access-token.js';
import { Attempts } from '../security/attempts.js';
import { ClientSealing } from '../security/client-sealing.js';
import { ClientTags } from '../security/client-tags.js';
import { Keyring } from '../security/keyring.js';
import { loadKeys } from '../security/load-keys.js';
import { MailCodes } from '../security/mail-codes.js';
import { PasswordPolicy } from '../security/password-policy.js';
import { RefreshTokens } from '../security/refresh-token.js';
import { Sealing } from '../security/sealing.js';
import { UserKeys } from '../security/user-keys.js';
import { Limits } from '../security/limits/limits.js';
import { keyFileProblem } from './key-file-problem.js';
import type { Stores } from './stores.js';

// For clocks of verifiers that are behind ours.
const CLOCK_SKEW_MS = 5 * 60_000;

/** The keys of the installation; made at the first start of an embedded one. Rejects with `KeyFileError` or `ConfigError`. */
export async function openKeyring(config: Config, now: number): Promise<Keyring> {
  const files = dataFiles(config);
  const keys = await loadKeys(
    {
      file: files.keys,
      // Keys that are lost must not be replaced by others, which open nothing.
      mayCreate: config.keysFile === null && !existsSync(files.log),
      alg: config.accessTokenAlgorithm,
      accessOverlapMs: config.accessTokenMs + CLOCK_SKEW_MS,
    },
    now,
  ).catch((error: unknown) => {
    throw keyFileProblem(error, config);
  });
  return Keyring.from(keys);
}

/** What protects tokens, passwords and personal data. */
export interface Security {
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly attempts: Attempts;
  readonly clientTags: ClientTags;
  readonly mailCodes: MailCodes;
  readonly passwordPolicy: PasswordPolicy;
  readonly userKeys: UserKeys;
  readonly sealing: Sealing;
  readonly clientSealing: ClientSealing;
}

/** Puts it together. `issuer` is the `iss` of new access tokens. */
export function openSecurity(
  config: Pick<Config, 'audience' | 'accessTokenMs' | 'passwordMinLength'>,
  parts: { readonly keyring: Keyring; readonly keyStore: KeyStore; readonly issuer: string; readonly now: () => number },
): Security {
  const { keyring, keyStore, issuer, now } = parts;
  const userKeys = new UserKeys({ keyStore, masters: () => keyring.masters });
  const sealing = new Sealing(userKeys);
  return {
    accessTokens: new AccessTokens({ keyring, issuer, audience: config.audience, ttlMs: config.accessTokenMs }),
    refreshTokens: new RefreshTokens({ keyring, now }),
    attempts: new Attempts({ keyring, now }),
    clientTags: new ClientTags(userKeys),
    mailCodes: new MailCodes({ keyring, now }),
    passwordPolicy: new PasswordPolicy(config.passwordMinLength),
    userKeys,
    sealing,
    clientSealing: new ClientSealing(sealing, userKeys),
  };
}

/** The limits over the counters of this installation: several of these in one process count together. */
export function openLimits(parts: {
  readonly config: Pick<Config, 'limits' | 'rateLimitExempt'>;
  readonly stores: Pick<Stores, 'limitCounters'>;
  readonly keyring: Pick<Keyring, 'lookup'>;
}): Limits {
  const { config, stores, keyring } = parts;
  return new Limits({
    counters: stores.limitCounters,
    secret: keyring.lookup,
    settings: config.limits,
    exempt: config.rateLimitExempt,
  });
}
