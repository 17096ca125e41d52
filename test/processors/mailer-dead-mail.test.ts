/** G19: no mail is sent for a dead code. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import * as decide from '../../src/domain/account/decide.js';
import { MailDelayedError } from '../../src/processors/ports.js';
import { eventually } from '../support/eventually.js';
import { installationFolder } from '../support/every-back-end.js';
import { HOUR, MINUTE } from '../support/mail/mail-world.js';
import { MailerUnderTest } from '../support/mail/mailer-under-test.js';

let mailer: MailerUnderTest;
beforeEach(async () => {
  mailer = await MailerUnderTest.open(installationFolder());
});
afterEach(() => mailer.close());

describe('the mailer sends nothing dead:', () => {
  const fate = async (eventId: string): Promise<void> => {
    await mailer.settled(eventId, 'expired');
    expect(mailer.transport.tries.filter(({ messageId }) => messageId.includes(eventId))).toEqual([]);
  };

  it('a code whose life is over', async () => {
    await mailer.start();
    await mailer.stop();
    const { userId } = await mailer.world.register('ada@example.com');
    const reset = await mailer.world.requestReset(userId);
    mailer.world.skewMs += 15 * MINUTE;
    await mailer.start();
    await fate(reset);
    await eventually('the verification lives longer', () => mailer.transport.tries.length === 1);
  });

  it('a notice after the life of a verification', async () => {
    await mailer.start();
    await mailer.stop();
    const { userId } = await mailer.world.register('ada@example.com', { skipVerification: true });
    const notice = await mailer.world.signIn(userId, { ip: null, userAgent: null }, randomUUID());
    mailer.world.skewMs += 24 * HOUR;
    await mailer.start();
    await fate(notice);
  });

  it('a code whose life ends while it waits', async () => {
    mailer.transport.answer = () => new MailDelayedError('421');
    const { delays } = await mailer.start();
    const { userId } = await mailer.world.register('ada@example.com', { skipVerification: true });
    const reset = await mailer.world.requestReset(userId);
    await eventually('it was tried', () => delays.length > 0);
    mailer.world.skewMs += 15 * MINUTE;
    await mailer.settled(reset, 'expired');
  });

  it('a code that a newer one voids, one that was used, and those of a disabled account', async () => {
    await mailer.start();
    await mailer.stop();
    const { userId, eventId: first } = await mailer.world.register('ada@example.com');
    const second = await mailer.world.requestVerification(userId);
    const { userId: bob, eventId: used } = await mailer.world.register('bob@example.com');
    await mailer.world.verify(bob);
    const { userId: eve, eventId: disabled } = await mailer.world.register('eve@example.com');
    await mailer.world.change(eve, (account) => decide.disableUser(account, { note: null }));
    await mailer.start();
    for (const eventId of [first, used, disabled]) await fate(eventId);
    await mailer.settled(second, 'sent');
  });

  it('anything of an erased account, whether its key is gone already or not', async () => {
    await mailer.start();
    await mailer.stop();
    const { userId, eventId } = await mailer.world.register('ada@example.com');
    await mailer.world.change(userId, (account) => decide.eraseUser(account, { emailKey: 'k'.repeat(43) }));
    const { userId: bob, eventId: keyless } = await mailer.world.register('bob@example.com');
    await mailer.world.userKeys.destroy(bob, Date.now());
    await mailer.start();
    await fate(eventId);
    await fate(keyless);
  });
});
