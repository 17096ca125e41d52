import type { RevokeAllReason } from '../domain/account/events.js';
import type { Actor, DomainEvent } from '../domain/event.js';
import type { RevocationReason } from '../domain/token-family/events.js';
import { clientWords, shown } from './client-words.js';
import type { AuditedClient } from './personal.js';

/** What an event held sealed, opened. */
export interface OpenedValues {
  readonly client: AuditedClient;
  readonly deviceName: string | null;
  readonly note: string | null;
}

type UserEvent = Extract<DomainEvent, { readonly data: { readonly account: object } | { readonly family: object } }>;
type Sentences = {
  readonly [T in UserEvent['type']]: (data: Extract<UserEvent, { type: T }>['data'], values: OpenedValues) => string;
};

const ENDS: Readonly<Record<RevocationReason, string>> = {
  logout: 'Signed out.',
  superseded: 'The session ended, because of a new sign-in on the same device.',
  device_removed: 'The device was removed: its session ended.',
  reuse: 'The session was ended, because an old key of it was shown.',
  admin: 'The session was ended by an administrator.',
  session_limit: 'The session was ended, because the account had too many.',
};

const ALL_ENDS: Readonly<Record<RevokeAllReason, string>> = {
  logout_all: 'Signed out everywhere',
  password_changed: 'Signed out everywhere, because the password was changed',
  password_reset: 'Signed out everywhere, because the password was reset',
  disabled: 'Signed out everywhere, because the account was disabled',
  erased: 'Signed out everywhere, because the account was erased',
  admin: 'Signed out everywhere by an administrator',
};

/** What happened, for a person who is no programmer. “Key” is a refresh token, “renewal” a rotation. */
const SENTENCES: Sentences = {
  UserRegistered: () => 'The account was created.',
  RegistrationAbandoned: () => 'The registration was given up before it was complete.',
  PasswordChanged: () => 'The password was changed.',
  PasswordResetRequested: () => 'A mail to reset the password was asked for.',
  EmailVerificationRequested: () => 'A mail to confirm the address was asked for.',
  EmailVerified: () => 'The address was confirmed by its mailbox.',
  AllTokensRevoked: ({ reason, account }) => {
    const but = account.kept === null ? '' : ', but not on the device it was asked from';
    return `${ALL_ENDS[reason]}${but}.`;
  },
  UserDisabled: (_, { note }) => `The account was disabled.${reasonWords(note)}`,
  UserEnabled: (_, { note }) => `The account was enabled again.${reasonWords(note)}`,
  UserErased: () => 'The account was erased for good.',
  RoleGranted: ({ role }) => `The account got the role ${role}.`,
  RoleRevoked: ({ role }) => `The account lost the role ${role}.`,
  TokenIssued: (_, { deviceName, client }) => `Signed in${onDevice(deviceName)} with ${clientWords(client)}.`,
  TokenRotated: ({ family }, { client }) =>
    `The session went on (renewal ${family.generation}) with ${clientWords(client)}.`,
  TokenRedelivered: ({ family, contested }, { client }) =>
    contested
      ? `Renewal ${family.generation} was asked for by a second program too, and it got the same key: ${clientWords(client)}. If that was somebody else, the key is stolen.`
      : `Renewal ${family.generation} was asked for once more, since its answer was lost, with ${clientWords(client)}.`,
  TokenReuseDetected: ({ family, presentedGeneration }, { client }) =>
    `An old key (of renewal ${presentedGeneration}, while renewal ${family.generation} was valid) was shown, with ${clientWords(client)}. Somebody may hold a copy.`,
  TokenRevoked: ({ reason }, { note }) => `${ENDS[reason]}${reasonWords(note)}`,
  TokenExpired: ({ cause }) =>
    cause === 'idle'
      ? 'The session ended by itself, since it was not used for long.'
      : 'The session ended by itself, since its longest time was over.',
  DeviceRenamed: (_, { deviceName }) =>
    deviceName === null ? 'The name of the device was removed.' : `The device was named “${shown(deviceName)}”.`,
};

/** Says what happened in a sentence or two. Holds no control characters, whatever the values hold. */
export function wordsOf(event: UserEvent, actor: Actor, values: OpenedValues): string {
  // The sentence is the one of this very event's type, which TypeScript cannot follow through a lookup.
  const sentence = SENTENCES[event.type] as (data: UserEvent['data'], values: OpenedValues) => string;
  return `${sentence(event.data, values)}${actorWords(actor)}`;
}

function onDevice(name: string | null): string {
  return name === null ? '' : ` on “${shown(name)}”`;
}

function reasonWords(note: string | null): string {
  return note === null ? '' : ` Reason given: ${shown(note)}.`;
}

function actorWords(actor: Actor): string {
  if (actor.startsWith('operator:')) return ` Done by the operator ${shown(actor.slice('operator:'.length))}.`;
  return actor.startsWith('admin:') ? ` Done by the administrator ${actor.slice('admin:'.length)}.` : '';
}
