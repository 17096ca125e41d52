import { exportLog } from '../audit/export-log.js';
import { InconsistentLogError } from '../audit/tree-errors.js';
import { exportOcsf } from '../audit/ocsf.js';
import { NotProvableError } from '../audit/prove.js';
import { verify } from '../audit/verify.js';
import type { Config } from '../config.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import type { AuditProofs } from '../http/dependencies.js';
import { OperatorRefusedError } from '../operator/errors.js';
import type { ProofActions } from '../operator/proof-actions.js';
import type { Keyring } from '../security/keyring.js';
import { Sealing } from '../security/sealing.js';
import { UserKeys } from '../security/user-keys.js';
import { authenticLog, openAuditProofs } from './audit-proofs.js';
import type { Stores } from './stores.js';

export interface ProofActionsOptions {
  readonly config: Pick<Config, 'streamPrefix' | 'sealOrigin'>;
  readonly stores: Pick<Stores, 'eventStore' | 'archives' | 'leafHashes' | 'highWaterMark' | 'keyStore'>;
  readonly keyring: Keyring;
  /** The log, decoded. Rejects if its own history was altered: only `verify` can do without. */
  readonly eventLog: () => Promise<OpenedLog>;
}

/** What an auditor may ask of a process that has the stores open. */
export function proofActions({ config, stores, keyring, eventLog }: ProofActionsOptions): ProofActions {
  const { eventStore: store, leafHashes: leaves, archives } = stores;
  const proofs = async (): Promise<AuditProofs> => openAuditProofs({ config, stores, keyring, eventLog: await eventLog() });
  return {
    verify: async ({ against, onProgress }) => {
      const mark = await stores.highWaterMark.read();
      const report = await verify({
        ...{ store, leaves, archives, against, onProgress, prefix: config.streamPrefix, keys: keyring.integrity },
        noteKeys: keyring.noteKeys,
        mark,
      });
      return mark === null && report.events > 0 ? { ...report, high_water_mark: 'missing' } : report;
    },
    checkpoint: async () => {
      const note = await (await proofs()).newestNote();
      if (note === null)
        throw new OperatorRefusedError('there is no checkpoint note yet: a server appends the first one soon');
      return note;
    },
    key: async () => (await proofs()).verifierKey(),
    prove: async (eventId) => {
      try {
        return await (await proofs()).prove(eventId);
      } catch (error) {
        const isRefusal = error instanceof NotProvableError || error instanceof InconsistentLogError;
        throw isRefusal ? new OperatorRefusedError(error.message) : error;
      }
    },
    export: async function* (period, format) {
      if (format === 'jsonl') {
        yield* exportLog(authenticLog({ config, stores, keyring }), period);
        return;
      }
      const userKeys = new UserKeys({ keyStore: stores.keyStore, masters: () => keyring.masters });
      yield* exportOcsf({ eventLog: await eventLog(), sealing: new Sealing(userKeys) }, period);
    },
  };
}
