/** Which events ask for which mail. */
import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AccountEvent } from '../../src/domain/account/events.js';
import type { AccountSnapshot } from '../../src/domain/account/snapshot.js';
import { tokenStream, userStream } from '../../src/domain/streams.js';
import type { FamilyEvent } from '../../src/domain/token-family/events.js';
import type { FamilySnapshot } from '../../src/domain/token-family/snapshot.js';
import type { LogEvent } from '../../src/event-store/event-log.js';
import { MAIL_TAKES, mailAskedFor } from '../../src/processors/mail/mail-request.js';
import { taken } from '../../src/processors/processor.js';
import { aFamily } from '../support/event-log/some-family.js';

const USER = randomUUID();
const account = { status: 'active' } as AccountSnapshot;
const holder = { tag: 'tag' };

function logged(event: FamilyEvent | AccountEvent, revision = 0): LogEvent {
  const stream = 'family' in event.data ? tokenStream(USER, randomUUID()) : userStream(USER);
  const at = { revision, position: '0'.repeat(20), id: randomUUID(), occurredAt: 1, historyId: 'h' };
  return { stream, event, ...at, actor: 'user', correlationId: 'c' };
}
/** The mail's kind; null if the event asks for none, or is not even read. */
function askedBy(event: FamilyEvent | AccountEvent, revision?: number): string | null {
  const [read] = taken([logged(event, revision)], MAIL_TAKES);
  return read === undefined ? null : (mailAskedFor(read)?.kind ?? null);
}
function redelivered(
  contested: boolean,
  family: Partial<FamilySnapshot>,
  lastContested: number | null = null,
): FamilyEvent {
  const present = aFamily(3);
  const after = { ...present, ...family, token: { ...present.token, lastContested } };
  return { type: 'TokenRedelivered', data: { family: after, contested, client: 'sealed' } };
}

describe('an event asks for a mail', () => {
  const family = aFamily();
  const client = 'sealed';
  const issued: FamilyEvent = { type: 'TokenIssued', data: { family, deviceName: 'name', client } };
  const reused: FamilyEvent = {
    type: 'TokenReuseDetected',
    data: { family, client, presentedGeneration: 1, presentedJti: randomUUID() },
  };

  it.each<[string | null, string, FamilyEvent | AccountEvent, number]>([
    ['verify', 'a request', { type: 'EmailVerificationRequested', data: { account, codeHash: 'h' } }, 1],
    ['reset', 'a request', { type: 'PasswordResetRequested', data: { account, codeHash: 'h' } }, 1],
    ['password_changed', 'a change', { type: 'PasswordChanged', data: { account, nameDropped: false } }, 2],
    ['account_disabled', 'the end of an account', { type: 'UserDisabled', data: { account, note: null } }, 2],
    ['new_device', 'the first sign-in on a device', issued, 0],
    ['two_places', 'theft', reused, 5],
    [null, 'a sign-in on a known device', issued, 4],
    [null, 'a refresh', { type: 'TokenRotated', data: { family, client } }, 1],
    [null, 'a sign-out', { type: 'TokenRevoked', data: { family, reason: 'logout', note: null } }, 1],
    [null, 'an account that is enabled again', { type: 'UserEnabled', data: { account, note: null } }, 3],
    [
      null,
      'the revocation that goes with a change',
      { type: 'AllTokensRevoked', data: { account, reason: 'password_changed' } },
      3,
    ],
    [null, 'an address that is verified', { type: 'EmailVerified', data: { account } }, 3],
    [null, 'erasure', { type: 'UserErased', data: { account, emailKey: 'k' } }, 3],
  ])('%s: %s', (kind, _, event, revision) => {
    expect(askedBy(event, revision)).toBe(kind);
  });

  it.each([
    ['two_places', 'the first contest of a family', redelivered(true, { contested: { generation: 2, holders: [holder] } })],
    [
      null,
      'another holder of that generation',
      redelivered(true, { contested: { generation: 2, holders: [holder, holder] } }),
    ],
    [null, 'a contest in a later generation', redelivered(true, { contested: { generation: 2, holders: [holder] } }, 1)],
    [null, 'an answer that was lost', redelivered(false, {})],
  ])('%s: %s', (kind, _, event) => {
    expect(askedBy(event, 3)).toBe(kind);
  });

  it('keeps what the mail needs of it', () => {
    const asked = logged(issued);
    const { id: eventId, occurredAt, correlationId } = asked;
    const of = { eventId, occurredAt, correlationId, userId: USER };
    expect(mailAskedFor(asked)).toEqual({
      kind: 'new_device',
      ...of,
      client,
      deviceName: 'name',
      codeHash: null,
      sessionEnded: false,
    });
    expect(mailAskedFor(logged(reused))).toMatchObject({ client, sessionEnded: true });
  });
});
