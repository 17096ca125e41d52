/** The commands, as docs name them. */
export type CommandName =
  | 'RegisterUser'
  | 'IssueToken'
  | 'RotateToken'
  | 'RevokeToken'
  | 'ExpireToken'
  | 'RenameDevice'
  | 'RevokeAllTokens'
  | 'ChangePassword'
  | 'RequestPasswordReset'
  | 'ResetPassword'
  | 'RequestEmailVerification'
  | 'VerifyEmail'
  | 'DisableUser'
  | 'EnableUser'
  | 'EraseUser'
  | 'GrantRole'
  | 'RevokeRole';

/**
 * What a span may be called: names that stand in the code, so that nothing of a request gets into one. A processor's is that of its
 * lease.
 */
export type SpanName =
  `command ${CommandName}` | 'append' | `processor ${string}` | 'mail' | `follower ${'keys' | 'revocations'}`;

/** What a span says of its work: kinds and numbers, never an id, an address, a token or a code. */
export type SpanAttributes = Readonly<
  Partial<
    Record<'tokenledger.stream' | 'tokenledger.mail' | 'tokenledger.outcome', string> & Record<'tokenledger.events', number>
  >
>;

const ERROR_TYPES: ReadonlySet<string> = new Set([
  'AbortError',
  'AppendTooLargeError',
  'CheckpointMovedError',
  'CheckpointTakenError',
  'ForeignPositionError',
  'InconsistentLogError',
  'InvalidEventError',
  'KeyDestroyedError',
  'KeyMissingError',
  'LeavesTakenError',
  'MailDelayedError',
  'OutdatedInstanceError',
  'RebuildNeededError',
  'RefusedEventError',
  'StoreRefusedError',
  'StoreUnavailableError',
  'StreamDestroyedError',
  'TooBusyError',
  'UnappliedEventError',
  'WriterUnavailableError',
  'WrongExpectedRevisionError',
]);

/** The kind of an error, for `error.type`. What it says stays out of a span: a message may quote data. */
export function errorTypeOf(error: unknown): string {
  return error instanceof Error && ERROR_TYPES.has(error.name) ? error.name : 'other';
}
