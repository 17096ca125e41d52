import type { Instant } from '../domain/instant.js';
import type { FamilyPolicy } from '../domain/token-family/policy.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import type { EventLog } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import type { ReadModel, StreamIndex } from '../read-model/read-model.js';
import type { Sealing } from '../security/sealing.js';

/** What answers about users stand on: the log, read only, and the index of its streams. */
export interface UserAuditContext {
  readonly eventLog: Pick<EventLog, 'readNewest' | 'readStream' | 'readAll' | 'histories' | 'end'>;
  readonly index: StreamIndex & Pick<ReadModel, 'madeBy' | 'accountByEmailKey'>;
  readonly sealing: Pick<Sealing, 'open'>;
  /** The key of an email's stream; the email is in normal form. */
  readonly emailKey: (email: string) => string;
  /** The position of a `Log-Position` that this installation gave; null for any other text. */
  readonly decodePosition: (text: string) => Position | null;
  /** What the names of all streams begin with. */
  readonly streamPrefix: string;
  /** The present policy: what a replay leaves as it is. */
  readonly policy: FamilyPolicy;
  /** Milliseconds since 1970. */
  readonly now: () => Instant;
}

/** The log has no place of that name, or has not come so far yet. */
export class UnknownPositionError extends Error {
  override readonly name = 'UnknownPositionError';

  constructor() {
    super('the position is none of this log');
  }
}

/** The index of the streams is missing, or far behind the log: nothing is answered by a scan of the whole log instead. */
export class StreamIndexMissingError extends StoreUnavailableError {
  constructor(checkpoint: Position | null) {
    const reason = checkpoint === null ? 'is missing, or of another version' : 'is far behind the log';
    super(
      'read model',
      `its index of the users’ streams ${reason}: run \`rebuild\`, or wait until the projector has caught up with the log`,
    );
  }
}
