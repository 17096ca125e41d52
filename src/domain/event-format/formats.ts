import type { EventType } from '../event.js';
import type { StreamKind } from '../streams.js';
import { field, optional, type Field } from './field.js';

/** How one event type is written in the log: the single source of the codec and of docs/EVENTS.md. */
export interface EventFormat {
  readonly stream: StreamKind;
  /** The version of the shape of its data; older ones are upcast when they are read. */
  readonly schemaVersion: number;
  /** Which snapshot its data carries besides its own fields; `issues`: the event issues the present token itself. */
  readonly carries: 'family' | 'family, issues' | 'account' | null;
  /** Its own fields. */
  readonly fields: Readonly<Record<string, Field>>;
  readonly meaning: string;
}

const CLIENT = optional('client', 'sealed', 'IP and agent of the client; missing if they could not be sealed');
const DEVICE_NAME = optional('label', 'sealed', "the device's name");
const NOTE = optional('note', 'sealed', 'a reason in the words of the person who decided');
const CODE_HASH = field('code', 'text', 'the SHA-256 of the one-time code, base64url');
const USER_ID = field('user', 'uuid', 'the user id');

const of = (stream: StreamKind, carries: EventFormat['carries'], meaning: string, fields: EventFormat['fields'] = {}) => ({
  ...{ stream, schemaVersion: 1, carries, fields, meaning },
});

/** Every event type. */
export const FORMATS: Readonly<Record<EventType, EventFormat>> = {
  TokenIssued: of('token', 'family, issues', 'A sign-in began a family on the device.', {
    deviceName: DEVICE_NAME,
    client: CLIENT,
  }),
  TokenRotated: of('token', 'family, issues', 'A refresh token was exchanged for its successor.', { client: CLIENT }),
  TokenRedelivered: of('token', 'family', 'The same successor was handed out once more.', {
    contested: field('other', 'flag', 'to somebody else than the client it was made for'),
    client: CLIENT,
  }),
  TokenReuseDetected: of('token', 'family', 'A token of an older generation was presented: theft.', {
    presentedGeneration: field('pgen', 'count', 'its generation'),
    presentedJti: field('pjti', 'uuid', 'its id'),
    client: CLIENT,
  }),
  TokenRevoked: of('token', 'family', 'A decision ended the family.', {
    reason: field('reason', 'text', 'why: `logout`, `superseded`, `device_removed`, `reuse`, `admin`, `session_limit`'),
    note: NOTE,
  }),
  TokenExpired: of('token', 'family', 'The family expired.', {
    cause: field('cause', 'text', '`idle` or `absolute`'),
    expiredAt: field('at', 'instant', 'when'),
  }),
  DeviceRenamed: of('token', 'family', 'The user named the device.', { deviceName: DEVICE_NAME }),
  UserRegistered: of('user', 'account', 'A user registered.', {
    email: field('email', 'sealed', 'the email'),
    name: optional('name', 'sealed', "the user's name"),
    emailKey: field('ekey', 'text', "names the email's stream"),
  }),
  RegistrationAbandoned: of('user', 'account', 'A registration that never came was given up; closes the stream.'),
  PasswordChanged: of('user', 'account', 'The password was changed or reset.', {
    nameDropped: field('unnamed', 'flag', "the user's name was dropped, since a stranger may have given it"),
  }),
  PasswordResetRequested: of('user', 'account', 'A mail with a reset code was asked for.', { codeHash: CODE_HASH }),
  EmailVerificationRequested: of('user', 'account', 'A mail with a verification code was asked for.', {
    codeHash: CODE_HASH,
  }),
  EmailVerified: of('user', 'account', 'The mailbox is proved.'),
  AllTokensRevoked: of('user', 'account', 'All families ended, except the one kept.', {
    reason: field(
      'reason',
      'text',
      'why: `logout_all`, `password_changed`, `password_reset`, `disabled`, `erased`, `admin`',
    ),
  }),
  UserDisabled: of('user', 'account', 'Nobody signs in or refreshes until enabled again.', { note: NOTE }),
  UserEnabled: of('user', 'account', 'The account is active again.', { note: NOTE }),
  UserErased: of('user', 'account', 'Erased for good: the key is destroyed after this.', {
    emailKey: field('ekey', 'text', "names the email's stream"),
  }),
  RoleGranted: of('user', 'account', 'The user has a role more.', { role: field('role', 'text', 'which') }),
  RoleRevoked: of('user', 'account', 'The user has a role less.', { role: field('role', 'text', 'which') }),
  EmailClaimed: of('email', null, 'The email belongs to a user.', { userId: USER_ID }),
  EmailReleased: of('email', null, "An erased user's email is free again.", { userId: USER_ID }),
  MailSent: of('mail', null, 'What became of a mail.', {
    outcome: field('outcome', 'text', '`sent`, `refused` or `expired`'),
  }),
  CheckpointSigned: of('seal', null, 'A signed Merkle root over the log.', {
    note: field('note', 'text', 'the signed note (C2SP tlog-checkpoint)'),
    size: field('size', 'count', 'how many events it covers'),
    position: field('position', 'text', 'the position of the last of them'),
    keyId: field('kid', 'text', 'the key that signed'),
    origin: field('origin', 'text', 'the origin line of the note'),
  }),
  LogOpened: of('log', null, 'The first event of an installation.', {
    historyId: field('history', 'text', 'names this history of the log'),
    issuer: field('issuer', 'text', 'the issuer at that time'),
  }),
  LogRestored: of('log', null, 'The log goes on from an earlier moment.', {
    historyId: field('history', 'text', 'names the history that begins here'),
    refuseOlder: field('refuse', 'flag', 'families whose newest event is of another history have ended'),
  }),
  IntegrityKeyChanged: of('log', null, 'Events are MACed by another key from here on.', {
    kid: field('kid', 'text', 'which'),
  }),
  EventsArchived: of('log', null, 'Events were moved to an archive.', {
    streams: field('streams', 'list', 'of each stream (`stream`) the events before a revision (`before`)'),
    digest: field('digest', 'text', 'the SHA-256 of its manifest, lower-case hex'),
    archive: field('archive', 'text', 'its name, that of its folder'),
    lastPosition: optional('last', 'text', 'the position of the newest event in it, in the store that it was taken from'),
  }),
  EventDisowned: of('log', null, 'An event of somebody else in a stream of ours is left out.', {
    stream: field('stream', 'text', 'its stream'),
    revision: field('revision', 'count', 'its revision'),
    eventId: field('event', 'text', 'its id'),
    digest: field('digest', 'text', 'the SHA-256 of its content'),
  }),
};
