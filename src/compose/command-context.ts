import { v7 } from 'uuid';
import type { CommandContext } from '../commands/context.js';
import type { Config } from '../config.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import { emailKey } from '../security/email-lookup.js';
import type { Keyring } from '../security/keyring.js';
import type { Passwords } from '../security/passwords.js';
import { withRefusedEnded } from '../queries/refused-sessions.js';
import { withIntactDocuments } from '../read-model/intact-documents.js';
import { openSecurity } from './security.js';
import type { Stores } from './stores.js';

export interface CommandContextOptions extends Pick<
  CommandContext,
  'alarms' | 'onEnded' | 'waitForPosition' | 'now' | 'newId'
> {
  readonly config: Config;
  readonly keyring: Keyring;
  readonly stores: Pick<Stores, 'keyStore' | 'readModel'>;
  readonly eventLog: OpenedLog;
  /** The `iss` of new access tokens. */
  readonly issuer: string;
  readonly passwords: Passwords;
}

/** What the commands stand on, in a server or in the tool alone. */
export function openCommandContext(options: CommandContextOptions): CommandContext {
  const { config, keyring, stores, eventLog, issuer, passwords, alarms, onEnded, waitForPosition, now, newId } = options;
  return {
    ...openSecurity(config, { keyring, keyStore: stores.keyStore, issuer, now }),
    ...{ eventLog, passwords, alarms, onEnded, waitForPosition, now, newId },
    newEventId: () => v7({ msecs: now() }),
    emailKey: (email) => emailKey(keyring.lookup, email),
    policy: { lifetimes: config.lifetimes, rotationsPerHour: config.limits.rotationsPerHour },
    registrationIsOpen: config.registration === 'open',
    maxSessionsPerUser: config.maxSessionsPerUser,
    sessions: withRefusedEnded(withIntactDocuments(stores.readModel), eventLog),
    resetCodeMs: config.resetCodeMs,
    verifyCodeMs: config.verifyCodeMs,
  };
}
