/** Too many passwords wait to be checked: the client may ask again later. */
export class TooBusyError extends Error {
  override readonly name = 'TooBusyError';
  /** Whole seconds after which it makes sense to ask again. */
  readonly retryAfterSeconds = 2;
}
