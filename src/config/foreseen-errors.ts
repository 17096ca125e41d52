/** By name, so that nobody loads the adapter of a store to recognise its errors. */
const FORESEEN: readonly string[] = [
  'ConfigError',
  'OperatorRefusedError',
  'KeyFileError',
  'KeyFileRefusedError',
  'SmtpUrlError',
  'SqliteOpenError',
  'StoreUnavailableError',
  'StoreRefusedError',
  'RestoredLogError',
  'LogNotOpenedError',
  'UserKeysLostError',
  'OutdatedInstanceError',
  'RefusedEventError',
  'StreamDestroyedError',
  'KeyMissingError',
  'SealError',
  'UnappliedEventError',
  'RebuildNeededError',
  'RebuildOvertakenError',
];

/** Whether the message of an error says what is wrong in a sentence. Any other error is a defect, and its stack is needed. */
export function isForeseen(error: unknown): error is Error {
  return error instanceof Error && FORESEEN.includes(error.name);
}
