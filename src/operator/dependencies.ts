import type { UserAudit } from '../audit/user-audit.js';
import type { Actor } from '../domain/event.js';
import type { ArchiveActions } from './archive-actions.js';
import type { BackupSources } from './backup.js';
import type { KeyActions } from './key-actions.js';
import type { UserActions } from './user-actions.js';
import type { ProofActions } from './proof-actions.js';

/** A rebuild of the read model, as it is reported. */
export interface RebuildReport {
  /** Events of the log that were applied. */
  readonly events: number;
  /** Documents that were compared. */
  readonly documents: number;
  /** The documents that were not as the log says. */
  readonly differences: readonly { readonly collection: string; readonly id: string }[];
  /** False if the live read model had no checkpoint. */
  readonly isBuilt: boolean;
  /** Whether the read model in place was of another log, or of this one before it was restored to an earlier moment. */
  readonly wasOfOtherLog: boolean;
}

export interface RebuildRequest {
  /** Compare only; the live read model stays. */
  readonly check: boolean;
  /** How many events were applied so far, and about what share of the log that is, 0 to 1. */
  readonly onProgress: (events: number, share: number) => void;
}

/**
 * What the operator's operations work with. A running server gives its own parts; the tool without a server opens the stores for
 * the one operation. So an operation is written once.
 */
export interface OperatorDependencies {
  /** Whether this process serves clients with these stores. */
  readonly isServer: boolean;
  readonly keys: KeyActions;
  readonly proofs: ProofActions;
  readonly archives: ArchiveActions;
  readonly backup: BackupSources;
  /** Opens what is needed for users at the first use. */
  readonly users: () => Promise<UserActions>;
  /** Likewise for what auditors ask about users. */
  readonly userAudit: () => Promise<UserAudit>;
  /** Rejects with `ProjectionError` if an event cannot be applied. */
  rebuild(request: RebuildRequest): Promise<RebuildReport>;
  /**
   * Appends `LogRestored` and sets the high-water mark (G17). With `refuseOlder` no token of before is accepted any more.
   * Resolves to the id of the new history.
   */
  markRestored(options: { readonly refuseOlder: boolean; readonly actor: Actor }): Promise<{ readonly historyId: string }>;
  /**
   * Leaves an event of somebody else in a stream of ours out from now on. Rejects with `OperatorRefusedError` if its MAC is valid,
   * it is not its stream's newest, or a checkpoint note covers it.
   */
  disown(event: {
    readonly stream: string;
    readonly revision: number;
    readonly actor: Actor;
  }): Promise<{ readonly eventId: string }>;
}
