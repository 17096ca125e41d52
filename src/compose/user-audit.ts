import { UserAudit } from '../audit/user-audit.js';
import type { CommandContext } from '../commands/context.js';
import type { Config } from '../config.js';
import type { Keyring } from '../security/keyring.js';
import { LogPositionCodec } from '../security/log-position-codec.js';
import type { Stores } from './stores.js';

export interface UserAuditParts {
  readonly config: Pick<Config, 'streamPrefix'>;
  readonly keyring: Keyring;
  readonly stores: Pick<Stores, 'readModel'>;
  readonly context: Pick<CommandContext, 'eventLog' | 'sealing' | 'emailKey' | 'policy' | 'now'>;
}

/** What auditors ask about users, in a server or in the tool alone. */
export function openUserAudit({ config, keyring, stores, context }: UserAuditParts): UserAudit {
  const codec = new LogPositionCodec(() => keyring.position);
  const { eventLog, sealing, emailKey, policy, now } = context;
  return new UserAudit({
    ...{ eventLog, sealing, emailKey, policy, now },
    index: stores.readModel,
    decodePosition: (text) => codec.decode(text),
    streamPrefix: config.streamPrefix,
  });
}
