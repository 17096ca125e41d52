import fc from 'fast-check';
import { REVOKE_ALL_REASONS } from '../../src/domain/account/events.js';
import { ROLES, type AccountSnapshot } from '../../src/domain/account/snapshot.js';
import type { DomainEvent, EventType } from '../../src/domain/event.js';
import { MAIL_OUTCOMES } from '../../src/domain/mail/events.js';
import { REVOCATION_REASONS } from '../../src/domain/token-family/events.js';
import type { Contested, FamilySnapshot, Holder } from '../../src/domain/token-family/snapshot.js';

const uuid = fc.uuid();
const text = fc.string({ minLength: 1, unit: 'grapheme' });
const count = fc.nat();
const instant = fc.integer({ min: -8.64e15, max: 8.64e15 });
const orNull = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one);

/** Attempts stand before tags, as deciders put them. */
const contested: fc.Arbitrary<Contested> = fc.record({
  generation: count,
  holders: fc
    .tuple(fc.array(text, { maxLength: 4 }), fc.array(orNull(text), { maxLength: 4 }))
    .map(([attempts, tags]): Holder[] => [...attempts.map((attempt) => ({ attempt })), ...tags.map((tag) => ({ tag }))]),
});

const family: fc.Arbitrary<FamilySnapshot> = fc.record({
  sid: uuid,
  generation: count,
  epoch: count,
  familyIssuedAt: instant,
  idleExpiresAt: instant,
  absoluteExpiresAt: instant,
  token: fc.record({
    jti: uuid,
    keyId: text,
    tokenIssuedAt: instant,
    revision: count,
    runId: text,
    lastContested: orNull(count),
    nameRevision: orNull(count),
  }),
  attempt: orNull(text),
  tag: orNull(text),
  redelivered: fc.boolean(),
  contested: orNull(contested),
  binding: orNull(fc.record({ jkt: text, generation: count })),
  adoption: orNull(fc.record({ clientId: text, generation: count })),
  remember: fc.boolean(),
  nameRevision: orNull(count),
  rotationLimitAt: orNull(instant),
});
/** A token that was issued just now is issued under the name of now. */
const issuing = family.map((one) => ({ ...one, token: { ...one.token, nameRevision: one.nameRevision } }));

const pending = fc.record({ eventId: uuid, requestedAt: instant });
const account: fc.Arbitrary<AccountSnapshot> = fc.record({
  status: fc.constantFrom('active', 'disabled', 'erased', 'abandoned'),
  epoch: count,
  kept: orNull(fc.record({ sid: uuid, epoch: count })),
  roles: fc.subarray([...ROLES]),
  emailVerified: fc.boolean(),
  passwordHash: orNull(text),
  passwordEpoch: count,
  pendingReset: orNull(pending),
  pendingVerification: orNull(pending),
  usedVerification: orNull(uuid),
});

const client = orNull(text);
const note = orNull(text);
const role = fc.constantFrom(...ROLES);

type DataOf<T extends EventType> = Extract<DomainEvent, { type: T }>['data'];

/** Any data of each event type. */
const DATA: { readonly [T in EventType]: fc.Arbitrary<DataOf<T>> } = {
  TokenIssued: fc.record({ family: issuing, deviceName: orNull(text), client }),
  TokenRotated: fc.record({ family: issuing, client }),
  TokenRedelivered: fc.record({ family, contested: fc.boolean(), client }),
  TokenReuseDetected: fc.record({ family, presentedGeneration: count, presentedJti: uuid, client }),
  TokenRevoked: fc.record({ family, reason: fc.constantFrom(...REVOCATION_REASONS), note }),
  TokenExpired: fc.record({ family, cause: fc.constantFrom('idle' as const, 'absolute' as const), expiredAt: instant }),
  DeviceRenamed: fc.record({ family, deviceName: orNull(text) }),
  UserRegistered: fc.record({ account, email: text, name: orNull(text), emailKey: text }),
  RegistrationAbandoned: fc.record({ account }),
  PasswordChanged: fc.record({ account, nameDropped: fc.boolean() }),
  PasswordResetRequested: fc.record({ account, codeHash: text }),
  EmailVerificationRequested: fc.record({ account, codeHash: text }),
  EmailVerified: fc.record({ account }),
  AllTokensRevoked: fc.record({ account, reason: fc.constantFrom(...REVOKE_ALL_REASONS) }),
  UserDisabled: fc.record({ account, note }),
  UserEnabled: fc.record({ account, note }),
  UserErased: fc.record({ account, emailKey: text }),
  RoleGranted: fc.record({ account, role }),
  RoleRevoked: fc.record({ account, role }),
  EmailClaimed: fc.record({ userId: uuid }),
  EmailReleased: fc.record({ userId: uuid }),
  MailSent: fc.record({ outcome: fc.constantFrom(...MAIL_OUTCOMES) }),
  CheckpointSigned: fc.record({ note: text, size: count, position: text, keyId: text, origin: text }),
  LogOpened: fc.record({ historyId: text, issuer: text }),
  LogRestored: fc.record({ historyId: text, refuseOlder: fc.boolean() }),
  IntegrityKeyChanged: fc.record({ kid: text }),
  EventsArchived: fc.record({
    streams: fc.array(fc.record({ stream: text, before: count }), { maxLength: 3 }),
    digest: text,
    archive: text,
    lastPosition: fc.option(text),
  }),
  EventDisowned: fc.record({ stream: text, revision: count, eventId: text, digest: text }),
};

export const EVENT_TYPES = Object.keys(DATA) as EventType[];

/** Any event of a type, as a decider may give it. */
export function anyEvent(type: EventType): fc.Arbitrary<DomainEvent> {
  const data: fc.Arbitrary<DomainEvent['data']> = DATA[type];
  return data.map((one) => ({ type, data: one }) as DomainEvent);
}
