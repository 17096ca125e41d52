import { newestNote, prove } from '../audit/prove.js';
import type { Config } from '../config.js';
import { AuthenticLog } from '../event-store/authentic-log.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import type { HttpDependencies } from '../http/dependencies.js';
import type { Keyring } from '../security/keyring.js';
import type { Stores } from './stores.js';

export interface AuditProofsParts {
  readonly config: Pick<Config, 'streamPrefix'>;
  readonly keyring: Pick<Keyring, 'integrity'>;
  readonly stores: Pick<Stores, 'eventStore' | 'leafHashes'>;
  readonly eventLog: OpenedLog;
}

/** What auditors ask a server about the log as a whole. */
export function openAuditProofs(parts: AuditProofsParts): HttpDependencies['auditProofs'] {
  const { config, keyring, stores, eventLog } = parts;
  const { eventStore: store, leafHashes: leaves } = stores;
  return {
    newestNote: () => newestNote(eventLog),
    prove: async (eventId) => {
      const log = new AuthenticLog({ store, prefix: config.streamPrefix, keys: keyring.integrity });
      return prove({ store, leaves, log, eventLog }, eventId);
    },
  };
}
