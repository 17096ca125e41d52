/** A command was used wrongly: printed together with how to use it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked cannot be done here: printed as a sentence. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
