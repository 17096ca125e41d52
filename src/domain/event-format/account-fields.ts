import { ROLES, type AccountSnapshot, type AccountStatus, type KeptFamily, type PendingCode } from '../account/snapshot.js';
import {
  field,
  fieldOf,
  MalformedEventError,
  optional,
  type Field,
  type ValueIn,
  type ValueOf,
  type WireData,
} from './field.js';

/** The fields of an account's snapshot. */
export const ACCOUNT_FIELDS = {
  status: field('status', 'text', '`active`, `disabled`, `erased` or `abandoned`'),
  epoch: field('epoch', 'count', "the user's revocation counter"),
  keptSid: optional('kept', 'uuid', 'the family that the newest revocation of all tokens kept'),
  keptEpoch: optional('kepoch', 'count', 'the epoch which that family then had'),
  roles: field('roles', 'texts', '`admin`, `auditor`, `resource_server`'),
  emailVerified: field('verified', 'flag', 'the mailbox is proved'),
  passwordHash: optional('hash', 'sealed', 'the password hash'),
  passwordEpoch: field('pepoch', 'count', 'the epoch of the last change of password'),
  resetId: optional('reset', 'uuid', 'the event of the open request for a password reset'),
  resetAt: optional('reset_at', 'instant', 'when that was'),
  verificationId: optional('verify', 'uuid', 'the event of the open request to verify the email'),
  verificationAt: optional('verify_at', 'instant', 'when that was'),
  usedVerification: optional('used', 'uuid', 'the event whose verification code was used last'),
} as const satisfies Record<string, Field>;

const STATUSES: readonly AccountStatus[] = ['active', 'disabled', 'erased', 'abandoned'];
const A = ACCOUNT_FIELDS;

/** What each field says of an account. */
export const ACCOUNT_VALUES: Readonly<Record<keyof typeof ACCOUNT_FIELDS, ValueIn<AccountSnapshot>>> = {
  status: ({ status }) => status,
  epoch: ({ epoch }) => epoch,
  keptSid: ({ kept }) => kept?.sid,
  keptEpoch: ({ kept }) => kept?.epoch,
  roles: ({ roles }) => roles,
  emailVerified: ({ emailVerified }) => emailVerified,
  passwordHash: ({ passwordHash }) => passwordHash,
  passwordEpoch: ({ passwordEpoch }) => passwordEpoch,
  resetId: ({ pendingReset }) => pendingReset?.eventId,
  resetAt: ({ pendingReset }) => pendingReset?.requestedAt,
  verificationId: ({ pendingVerification }) => pendingVerification?.eventId,
  verificationAt: ({ pendingVerification }) => pendingVerification?.requestedAt,
  usedVerification: ({ usedVerification }) => usedVerification,
};

/** Reads a snapshot. Throws `MalformedEventError`. */
export function accountFrom(data: WireData): AccountSnapshot {
  const value = <F extends Field>(one: F): ValueOf<F> => fieldOf(data, one);
  return {
    status: oneOf(value(A.status), STATUSES, A.status),
    epoch: value(A.epoch),
    kept: keptFrom(value(A.keptSid), value(A.keptEpoch)),
    roles: value(A.roles).map((role) => oneOf(role, ROLES, A.roles)),
    emailVerified: value(A.emailVerified),
    passwordHash: value(A.passwordHash),
    passwordEpoch: value(A.passwordEpoch),
    pendingReset: pendingFrom(value(A.resetId), value(A.resetAt)),
    pendingVerification: pendingFrom(value(A.verificationId), value(A.verificationAt)),
    usedVerification: value(A.usedVerification),
  };
}

/** A value that must be one of some. Throws `MalformedEventError`. */
export function oneOf<T extends string>(value: string, values: readonly T[], { wire }: Field): T {
  const found = values.find((one) => one === value);
  if (found === undefined) throw new MalformedEventError(`field ${wire} is none of ${values.join(', ')}`);
  return found;
}

function keptFrom(sid: string | null, epoch: number | null): KeptFamily | null {
  if (sid === null) return null;
  if (epoch === null) throw new MalformedEventError('a kept family without its epoch');
  return { sid, epoch };
}

function pendingFrom(eventId: string | null, requestedAt: number | null): PendingCode | null {
  if (eventId === null) return null;
  if (requestedAt === null) throw new MalformedEventError('a pending code without the time of its request');
  return { eventId, requestedAt };
}
