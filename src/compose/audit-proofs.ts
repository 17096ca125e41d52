import { newestNote, prove } from '../audit/prove.js';
import { verifierKey, verifierOf } from '../audit/verifier-key.js';
import type { Config } from '../config.js';
import { AuthenticLog } from '../event-store/authentic-log.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import type { AuditProofs } from '../http/dependencies.js';
import type { Keyring } from '../security/keyring.js';
import { sealOrigin } from './seal-origin.js';
import type { Stores } from './stores.js';

export interface AuthenticLogParts {
  readonly config: Pick<Config, 'streamPrefix'>;
  readonly keyring: Pick<Keyring, 'integrity'>;
  readonly stores: Pick<Stores, 'eventStore'>;
}

export interface AuditProofsParts extends AuthenticLogParts {
  readonly config: Pick<Config, 'streamPrefix' | 'sealOrigin'>;
  readonly keyring: Pick<Keyring, 'integrity' | 'noteKey'>;
  readonly stores: Pick<Stores, 'eventStore' | 'leafHashes'>;
  readonly eventLog: OpenedLog;
}

/** The log as it is stored, each event checked by its MAC. Each begins to read `…log` by itself. */
export function authenticLog({ config, keyring, stores }: AuthenticLogParts): AuthenticLog {
  return new AuthenticLog({ store: stores.eventStore, prefix: config.streamPrefix, keys: keyring.integrity });
}

/** What auditors ask about the log as a whole, in a server or in the tool. */
export function openAuditProofs(parts: AuditProofsParts): AuditProofs {
  const { config, keyring, stores, eventLog } = parts;
  const { eventStore: store, leafHashes: leaves } = stores;
  return {
    newestNote: () => newestNote(eventLog),
    verifierKey: () => verifierKey(verifierOf(sealOrigin(config, eventLog), keyring.noteKey.publicKey)),
    prove: async (eventId) => prove({ store, leaves, log: authenticLog(parts), eventLog }, eventId),
  };
}
