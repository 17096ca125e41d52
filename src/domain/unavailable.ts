/**
 * A store (events, read model or keys) cannot answer now: down, disk full, file not writable. What was asked may be tried
 * again later; for an append it is unknown whether it happened, so the same event ids must be used.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  readonly store: 'event store' | 'read model' | 'key store';
  /** The message without the name of the store. */
  readonly reason: string;

  constructor(store: StoreUnavailableError['store'], reason: string, cause?: unknown) {
    super(`${store} unavailable: ${reason}`, { cause });
    this.store = store;
    this.reason = reason;
  }
}

/** The connection string of a store cannot be used, now or later. The message quotes nothing that may be secret. */
export class ConnectionStringError extends StoreUnavailableError {
  /** What is wrong with it; completes "EVENTSTORE_URL …". */
  readonly problem: string;

  /** `what`: what it is called in the message. */
  constructor(store: StoreUnavailableError['store'], what: string, problem: string) {
    super(store, `its ${what} ${problem}`);
    this.problem = problem;
  }
}
