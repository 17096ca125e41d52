/** At most three mails of a kind reach an address in an hour, whatever asks for them. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import * as decide from '../../src/domain/account/decide.js';
import { MailDelayedError } from '../../src/processors/ports.js';
import type { MailerOptions } from '../../src/processors/mail/mailer-options.js';
import { Limits } from '../../src/security/limits/limits.js';
import { MemoryLimitCounters } from '../../src/security/limits/memory-limit-counters.js';
import { eventually } from '../support/eventually.js';
import { installationFolder, storesConfigOf } from '../support/every-back-end.js';
import { MailWorld, type RunningMailer } from '../support/mail/mail-world.js';
import { RecordingTransport } from '../support/mail/recording-transport.js';

const ADA = 'ada@example.com';

describe('the mailer', () => {
  let folder: ReturnType<typeof installationFolder>;
  let world: MailWorld;
  let transport: RecordingTransport;
  let running: RunningMailer;
  beforeEach(async () => {
    folder = installationFolder();
    world = await MailWorld.open(await storesConfigOf(folder.path));
    transport = new RecordingTransport();
    running = await world.startMailer(transport);
  });
  afterEach(async () => {
    await running.stop();
    await world.close();
    await folder.remove();
  });

  async function restart(options: Partial<MailerOptions> = {}): Promise<void> {
    await running.stop();
    running = await world.startMailer(transport, options);
  }
  async function outcomes(eventIds: readonly string[]): Promise<(string | null)[]> {
    const all = (): Promise<(string | null)[]> => Promise.all(eventIds.map((id) => world.outcomeOf(id)));
    await eventually('all are settled', async () => !(await all()).includes(null));
    return all();
  }
  const signIn = (userId: string): Promise<string> => world.signIn(userId, { ip: null, userAgent: null }, randomUUID());

  it('sends the first notices of a kind, also after a restart, and no more', async () => {
    const { userId } = await world.register(ADA, { skipVerification: true });
    const asked: string[] = [];
    for (let times = 0; times < 4; times += 1) asked.push(await signIn(userId));
    expect(await outcomes(asked)).toEqual(['sent', 'sent', 'sent', 'expired']);
    await restart();
    const later = [await signIn(userId), await signIn(userId)];
    expect(await outcomes(later)).toEqual(['expired', 'expired']);
    // Another kind, and another address, have a count of their own.
    await world.change(userId, (account) => decide.changePassword(account, 'sealed'));
    await eventually('the change is mailed', () => transport.tries.length === 4);
    const other = await world.register('bob@example.com', { skipVerification: true });
    expect(await outcomes([await signIn(other.userId)])).toEqual(['sent']);
  });

  it('counts an address over all accounts that are registered with it', async () => {
    const asked: string[] = [];
    for (let times = 0; times < 5; times += 1) {
      const { eventId } = await world.register(ADA);
      asked.push(eventId);
      await outcomes([eventId]);
    }
    expect(await outcomes(asked)).toEqual(['sent', 'sent', 'sent', 'expired', 'expired']);
    expect(transport.recipients).toEqual([ADA, ADA, ADA]);
  });

  it('counts a mail once, however often it is tried', async () => {
    let failures = 5;
    transport.answer = () => (failures-- > 0 ? new MailDelayedError('450') : 'sent');
    const { userId } = await world.register(ADA, { skipVerification: true });
    const asked: string[] = [];
    for (let times = 0; times < 3; times += 1) asked.push(await signIn(userId));
    expect(await outcomes(asked)).toEqual(['sent', 'sent', 'sent']);
  });

  it('does not bound resets: they are bounded where they are asked for, those of known devices apart', async () => {
    const { userId } = await world.register(ADA, { skipVerification: true });
    for (let times = 0; times < 4; times += 1) expect(await outcomes([await world.requestReset(userId)])).toEqual(['sent']);
  });

  describe('removes what the transport keeps of somebody who is erased', () => {
    const removed: string[] = [];
    beforeEach(async () => {
      removed.length = 0;
      await restart({ removeMails: (userId) => Promise.resolve(void removed.push(userId)) });
    });
    const erase = (userId: string): Promise<void> =>
      world.change(userId, (account) => decide.eraseUser(account, { emailKey: 'key' }));

    it('while the mail is on its way', async () => {
      const { userId } = await world.register(ADA, { skipVerification: true });
      const other = await world.register('bob@example.com', { skipVerification: true });
      transport.answer = async ({ to }) => {
        if (to === ADA) await erase(userId);
        return 'sent' as const;
      };
      expect(await outcomes([await signIn(userId), await signIn(other.userId)])).toEqual(['sent', 'sent']);
      expect(removed).toEqual([userId]);
    });

    it('before its `MailSent`, which a crash has left out', async () => {
      const { userId } = await world.register(ADA, { skipVerification: true });
      await running.stop();
      const asked = await signIn(userId);
      await erase(userId);
      await restart({ removeMails: (of) => Promise.resolve(void removed.push(of)) });
      expect(await outcomes([asked])).toEqual(['expired']);
      expect(removed).toEqual([userId]);
    });
  });
});

describe('a mail that is admitted', () => {
  it('stays so, and does not count again; what is refused does not count', async () => {
    const limits = new Limits({
      counters: new MemoryLimitCounters(),
      secret: createSecretKey(randomBytes(32)),
      settings: { mailsPerAddressPerHour: 2 },
    });
    const admitted = (eventId: string, email = ADA): Promise<boolean> =>
      limits.admitMail({ kind: 'verify', email, eventId });
    const answers: boolean[] = [];
    for (const eventId of ['a', 'a', 'b', 'a', 'c', 'b', 'c']) answers.push(await admitted(eventId));
    expect(answers).toEqual([true, true, true, true, false, true, false]);
    expect(await admitted('d', 'bob@example.com')).toBe(true);
  });

  it('has no bound where none is set', async () => {
    const limits = new Limits({
      counters: new MemoryLimitCounters(),
      secret: createSecretKey(randomBytes(32)),
      settings: { mailsPerAddressPerHour: 0 },
    });
    for (let n = 0; n < 5; n += 1)
      expect(await limits.admitMail({ kind: 'verify', email: ADA, eventId: String(n) })).toBe(true);
  });
});
