/** A signed root does not fit the log: nothing may be signed any more. Names no event; `audit verify` does. */
export class InconsistentLogError extends Error {
  override readonly name = 'InconsistentLogError';
}

/** Another process has appended leaves meanwhile: open the tree again. */
export class LeavesTakenError extends Error {
  override readonly name = 'LeavesTakenError';
}

/** Leaves were stored that the log does not have. They are cleared: open the tree again, and they are made of the log. */
export class LeavesDamagedError extends Error {
  override readonly name = 'LeavesDamagedError';
}
