import type { Logger } from 'pino';
import { InconsistentLogError } from '../audit/tree-errors.js';
import { RecentLeaves } from '../audit/recent-leaves.js';
import { Seal } from '../audit/seal.js';
import type { Config } from '../config.js';
import { sleep } from '../event-store/waiting.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import { Sealer } from '../processors/sealer.js';
import type { Keyring } from '../security/keyring.js';
import { authenticLog } from './audit-proofs.js';
import { sealOrigin } from './seal-origin.js';
import type { Stores } from './stores.js';

export interface SealingOptions {
  readonly config: Pick<Config, 'streamPrefix' | 'sealEveryMs' | 'sealOrigin'>;
  readonly stores: Stores;
  readonly eventLog: OpenedLog;
  readonly keyring: Keyring;
  readonly log: Logger;
  readonly now: () => number;
  readonly newId: () => string;
}

/** The sealer of a server: appends the checkpoint notes. */
export function openSealer({ config, stores, eventLog, keyring, log, now, newId }: SealingOptions): Sealer {
  const authentic = authenticLog({ config, stores, keyring });
  const recent = new RecentLeaves();
  const seal = new Seal({
    ...{ log: authentic, store: stores.eventStore, leaves: stores.leafHashes, eventLog, now, newId },
    origin: () => sealOrigin(config, eventLog),
    noteKey: () => keyring.noteKey,
    // Half of the time at most: a log that was not sealed for long takes a while, and requests do not wait for it.
    rest: sleep,
    recent,
  });
  let refusedId: string | null = null;
  return new Sealer({
    ...{ leases: stores.leases, holder: stores.leaseHolder, everyMs: config.sealEveryMs },
    seal: (signal) => seal.run(signal),
    recent,
    onSealed: ({ size, refused }) => {
      if (size !== null) log.debug({ size }, 'checkpoint note');
      if (refused !== null && refused.eventId !== refusedId)
        log.error(
          { event_id: refused.eventId, stream: refused.stream },
          'no checkpoint note goes past an event that is refused',
        );
      refusedId = refused?.eventId ?? null;
    },
    onError: (error) => {
      const isInconsistent = error instanceof InconsistentLogError;
      log[isInconsistent ? 'error' : 'warn'](
        { err: error, ...(isInconsistent ? { event: 'checkpoint_inconsistent' } : {}) },
        'no checkpoint note can be appended',
      );
    },
  });
}
