/** What an operator asked for cannot be done here and now. The message is a sentence for the operator. */
export class OperatorRefusedError extends Error {
  override readonly name = 'OperatorRefusedError';
}

/** An operation was asked for wrongly: its name, or a member of its input. */
export class OperatorInputError extends Error {
  override readonly name = 'OperatorInputError';
}
