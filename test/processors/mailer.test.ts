/** G19: mail is sent at least once, never twice in a normal run. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { mailStream } from '../../src/domain/streams.js';
import { MailDelayedError } from '../../src/processors/ports.js';
import { eventually } from '../support/eventually.js';
import { installationFolder } from '../support/every-back-end.js';
import { MailerUnderTest } from '../support/mail/mailer-under-test.js';

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const CODE = /#code=([0-9a-f-]{36}\.[\w-]{43})$/m;

let mailer: MailerUnderTest;
beforeEach(async () => {
  mailer = await MailerUnderTest.open(installationFolder());
});
afterEach(() => mailer.close());

describe('the mailer', () => {
  it('sends a verification with the code of its event, and says so in the log', async () => {
    const { outcomes } = await mailer.start();
    const { userId, eventId } = await mailer.world.register('ada@example.com');
    await mailer.settled(eventId, 'sent');
    const [mail] = mailer.transport.tries;
    expect(mail).toMatchObject({
      messageId: `<${eventId}@auth.example.com>`,
      from: 'Accounts <no-reply@example.com>',
      to: 'ada@example.com',
    });
    const { code } = mailer.world.mailCodes.make(userId, eventId);
    expect(CODE.exec(mail!.text)?.[1]).toBe(code);
    expect(mail!.html).toContain(`href="https://auth.example.com/verify#code=${code}"`);
    // The log shows it a moment before its append is answered.
    await eventually('the outcome is counted', () => outcomes.length > 0);
    expect(outcomes).toEqual(['verify sent']);
    const said = await mailer.world.log.readNewest(mailStream(eventId));
    expect(said).toMatchObject({ revision: 0, actor: 'system', correlationId: 'a request' });
  });

  it('sends each mail once, over restarts', async () => {
    await mailer.start();
    const { eventId } = await mailer.world.register('ada@example.com');
    await mailer.settled(eventId, 'sent');
    await mailer.stop();
    expect(await mailer.world.checkpoint()).toBe(await mailer.checkpointOfRest());
    await mailer.start();
    const { eventId: second } = await mailer.world.register('bob@example.com');
    await mailer.settled(second, 'sent');
    expect(mailer.transport.recipients).toEqual(['ada@example.com', 'bob@example.com']);
  });

  it('sends no second mail when only the checkpoint was not stored', async () => {
    const before = await mailer.world.log.end();
    await mailer.start();
    const { eventId } = await mailer.world.register('ada@example.com');
    await mailer.settled(eventId, 'sent');
    await mailer.stop();
    const stored = (await mailer.world.checkpoints.load('mailer'))!;
    await mailer.world.checkpoints.store('mailer', { ...stored, position: before!, lastEvent: null }, stored.position);
    await mailer.start();
    const { eventId: later } = await mailer.world.register('bob@example.com');
    await mailer.settled(later, 'sent');
    expect(mailer.transport.recipients).toEqual(['ada@example.com', 'bob@example.com']);
  });

  it('does not send again when the log cannot take MailSent, and appends that later', async () => {
    const { log } = mailer.world;
    const append = log.append.bind(log);
    let failures = 3;
    const failing: typeof append = (stream, events, expected) => {
      if (stream.kind !== 'mail' || failures === 0) return append(stream, events, expected);
      failures -= 1;
      return Promise.reject(new StoreUnavailableError('event store', 'test'));
    };
    Object.defineProperty(log, 'append', { value: failing });
    await mailer.start();
    const { eventId } = await mailer.world.register('ada@example.com');
    await mailer.settled(eventId, 'sent');
    expect(failures).toBe(0);
    expect(mailer.transport.recipients).toEqual(['ada@example.com']);
  });

  it('lets later mails of others and of the same user go while one waits, and keeps the checkpoint before it', async () => {
    let isGreylisted = true;
    mailer.transport.answer = ({ to, messageId }) =>
      isGreylisted && to === 'slow@example.com' && messageId.includes(slow.eventId) ? new MailDelayedError('450') : 'sent';
    const slow = { eventId: 'not yet' };
    const { delays } = await mailer.start();
    const before = await mailer.world.log.end();
    const { userId, eventId } = await mailer.world.register('slow@example.com', { skipVerification: true });
    expect(eventId).toBeDefined();
    slow.eventId = await mailer.world.requestReset(userId);
    await eventually('it waits', () => delays.length > 2);
    expect(delays[0]).toEqual({ kind: 'reset', eventId: slow.eventId, failures: 1, retryInMs: 20, reason: '450' });
    const notice = await mailer.world.signIn(userId, { ip: null, userAgent: null }, randomUUID());
    const { eventId: other } = await mailer.world.register('quick@example.com');
    await mailer.settled(other, 'sent');
    await mailer.settled(notice, 'sent');
    await mailer.stop();
    const checkpoint = await mailer.world.checkpoint();
    const asked = (await mailer.world.log.readAll()).events.find(({ id }) => id === slow.eventId)!;
    expect(checkpoint! >= before! && checkpoint! < asked.position).toBe(true);
    isGreylisted = false;
    await mailer.start();
    await mailer.settled(slow.eventId, 'sent');
    expect(mailer.transport.recipients.filter((to) => to === 'quick@example.com')).toHaveLength(1);
  });

  it('is under way with one mail of a user at a time', async () => {
    let most = 0;
    const underWay = new Map<string, number>();
    mailer.transport.answer = async ({ to }) => {
      underWay.set(to, (underWay.get(to) ?? 0) + 1);
      most = Math.max(most, underWay.get(to)!);
      await new Promise((resolve) => setTimeout(resolve, 15));
      underWay.set(to, underWay.get(to)! - 1);
      return 'sent' as const;
    };
    await mailer.start();
    const { userId } = await mailer.world.register('ada@example.com');
    const asked: string[] = [];
    for (let device = 0; device < 3; device += 1)
      asked.push(await mailer.world.signIn(userId, { ip: null, userAgent: null }, randomUUID()));
    for (const eventId of asked) await mailer.settled(eventId, 'sent');
    expect(most).toBe(1);
    expect(mailer.transport.tries.slice(1).map(({ messageId }) => messageId.slice(1, 37))).toEqual(asked);
  });

  it('gives a mail up that is refused for good', async () => {
    mailer.transport.answer = () => 'refused';
    const { outcomes, delays } = await mailer.start();
    const { eventId } = await mailer.world.register('nobody@example.com');
    await mailer.settled(eventId, 'refused');
    // Counted a moment after it is in the log.
    await eventually('it is counted', () => outcomes.length > 0);
    expect([outcomes, delays, mailer.transport.tries.length]).toEqual([['verify refused'], [], 1]);
  });

  it('waits at its end for a mail under way', async () => {
    let taken = (): void => undefined;
    mailer.transport.answer = () => new Promise((resolve) => (taken = () => resolve('sent')));
    await mailer.start({ stopGraceMs: 5_000 });
    const { eventId } = await mailer.world.register('ada@example.com');
    await eventually('it is under way', () => mailer.transport.tries.length === 1);
    const stopped = mailer.stop();
    taken();
    await stopped;
    expect(await mailer.world.outcomeOf(eventId)).toBe('sent');
  });

  it('writes from where a new device signed in, and its name only to a proved mailbox', async () => {
    await mailer.start();
    const { userId, eventId } = await mailer.world.register('ada@example.com');
    await mailer.settled(eventId, 'sent');
    const client = { ip: '2001:db8:1:2::3', userAgent: CHROME };
    await mailer.settled(await mailer.world.signIn(userId, client, randomUUID(), 'Visit evil.example'), 'sent');
    await mailer.world.verify(userId);
    await mailer.settled(await mailer.world.signIn(userId, client, randomUUID(), 'Ada’s <b>laptop'), 'sent');
    const [, unproved, proved] = mailer.transport.tries;
    expect(unproved!.text).toContain('Program: Chrome on Linux\nNetwork: 2001:db8:1::/48');
    expect(unproved!.text + unproved!.html).not.toContain('evil.example');
    expect(proved!.html).toContain('Ada’s &lt;b&gt;laptop');
  });
});
