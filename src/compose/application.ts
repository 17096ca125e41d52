import type { CommandContext } from '../commands/context.js';
import type { Erasure } from './erasure.js';
import type { HttpDependencies } from '../http/dependencies.js';
import type { LogPositionWaits } from '../http/log-positions.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import type { OperationsDependencies } from '../http/operations-app.js';
import type { OperatorDependencies } from '../operator/dependencies.js';
import type { Passwords } from '../security/passwords.js';
import type { Processing } from './processing.js';
import type { Stores } from './stores.js';

/** Everything put together, nothing running yet. */
export interface Application {
  readonly http: HttpDependencies;
  readonly operations: Omit<OperationsDependencies, 'operator'>;
  /** What the operator's tool may ask of this process. */
  readonly operator: OperatorDependencies;
  readonly stores: Stores;
  readonly eventLog: OpenedLog;
  readonly context: CommandContext;
  readonly processing: Processing;
  readonly erasure: Erasure;
  /** Resolves when this process must answer what it has begun and end: a writer died, or the log is another one or has another history. */
  readonly fatal: Promise<Error>;
  /** Starts what the configured roles ask for, except the HTTP servers. */
  start(): void;
  /** From now on readiness says no, and each answer is the last of its connection. */
  drain(): void;
  /** Reads the key file again, after it was rotated. Rejects with `KeyFileError` or `KeyFileRefusedError`; the keys in use stay then. */
  reloadKeys(): Promise<void>;
  /** Stops what runs, then closes the stores. */
  close(): Promise<void>;
}

/** What tests and scripts may choose otherwise. */
export interface Overrides {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly passwords?: Passwords;
  /** A new UUID. */
  readonly newId?: () => string;
  /** Ends the waiting for an event store that does not answer. */
  readonly signal?: AbortSignal;
  /** The URL at which this process listens, or will; null where that is not known. */
  readonly listensAt?: string | null;
  /** How long a query waits for what the read model does not show yet. */
  readonly waits?: LogPositionWaits;
}
