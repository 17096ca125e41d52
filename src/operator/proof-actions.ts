import type { Period } from '../audit/export-log.js';
import type { KeptNote } from '../audit/note-trail.js';
import type { VerifyReport } from '../audit/verify.js';

export interface VerifyRequest {
  /** Notes that are kept elsewhere. */
  readonly against: readonly KeptNote[];
  readonly onProgress: (events: number, share: number) => void;
}

/** What verification says, and whether the high-water mark was there to compare the log with. */
export interface MarkedVerifyReport extends VerifyReport {
  /** The log has events, and there is no mark beside the users' keys: a log that was put back to an earlier moment does not show by it. */
  readonly high_water_mark?: 'missing';
}

/** What an auditor may ask about the log as a whole. Nothing here appends to it. */
export interface ProofActions {
  /** Checks the whole log; also one whose own history was altered. */
  verify(request: VerifyRequest): Promise<MarkedVerifyReport>;
  /** The newest checkpoint note. Rejects with `OperatorRefusedError` if there is none yet. */
  checkpoint(): Promise<string>;
  /** The verifier key of new notes. */
  key(): Promise<string>;
  /** The text of a `.tlog-proof`. Rejects with `OperatorRefusedError` if the event cannot be proved. */
  prove(eventId: string): Promise<string>;
  /** The events of a period: as they are stored, or as OCSF events. */
  export(period: Period, format: 'jsonl' | 'ocsf'): AsyncIterable<object>;
}
