/** G19: mail is sent at least once, never twice in a normal run, never for a dead code. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import * as decide from '../../src/domain/account/decide.js';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { mailStream } from '../../src/domain/streams.js';
import { MailDelayedError } from '../../src/processors/ports.js';
import type { MailerOptions } from '../../src/processors/mail/mailer-options.js';
import { eventually } from '../support/eventually.js';
import { BEYOND_ANY_LOG, installationFolder, storesConfigOf } from '../support/every-back-end.js';
import { HOUR, MailWorld, MINUTE, type RunningMailer } from '../support/mail/mail-world.js';
import { RecordingTransport } from '../support/mail/recording-transport.js';

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const CODE = /#code=([0-9a-f-]{36}\.[\w-]{43})$/m;

describe('the mailer', () => {
  let folder: ReturnType<typeof installationFolder>;
  let world: MailWorld;
  let transport: RecordingTransport;
  let running: RunningMailer | null = null;

  beforeEach(async () => {
    folder = installationFolder();
    world = await MailWorld.open(await storesConfigOf(folder.path));
    transport = new RecordingTransport();
  });
  afterEach(async () => {
    await running?.stop();
    running = null;
    await world.close();
    await folder.remove();
  });

  async function start(options: Partial<MailerOptions> = {}): Promise<RunningMailer> {
    running = await world.startMailer(transport, options);
    return running;
  }
  async function stop(): Promise<void> {
    await running?.stop();
    running = null;
  }
  const settled = (eventId: string, outcome: string): Promise<void> =>
    eventually(`${eventId} is ${outcome}`, async () => (await world.outcomeOf(eventId)) === outcome);

  it('sends a verification with the code of its event, and says so in the log', async () => {
    const { outcomes } = await start();
    const { userId, eventId } = await world.register('ada@example.com');
    await settled(eventId, 'sent');
    const [mail] = transport.tries;
    expect(mail).toMatchObject({
      messageId: `<${eventId}@auth.example.com>`,
      from: 'Accounts <no-reply@example.com>',
      to: 'ada@example.com',
    });
    const { code } = world.mailCodes.make(userId, eventId);
    expect(CODE.exec(mail!.text)?.[1]).toBe(code);
    expect(mail!.html).toContain(`href="https://auth.example.com/verify#code=${code}"`);
    // The log shows it a moment before its append is answered.
    await eventually('the outcome is counted', () => outcomes.length > 0);
    expect(outcomes).toEqual(['verify sent']);
    const said = await world.log.readNewest(mailStream(eventId));
    expect(said).toMatchObject({ revision: 0, actor: 'system', correlationId: 'a request' });
  });

  it('sends each mail once, over restarts', async () => {
    await start();
    const { eventId } = await world.register('ada@example.com');
    await settled(eventId, 'sent');
    await stop();
    expect(await world.checkpoint()).toBe(await checkpointOfRest());
    await start();
    const { eventId: second } = await world.register('bob@example.com');
    await settled(second, 'sent');
    expect(transport.recipients).toEqual(['ada@example.com', 'bob@example.com']);
  });

  /** Where the last event before its MailSent stands: nothing is left to do before it. */
  async function checkpointOfRest(): Promise<string | undefined> {
    const { events } = await world.log.readAll();
    return events.findLast(({ stream }) => stream.kind === 'user')?.position;
  }

  it('sends no second mail when only the checkpoint was not stored', async () => {
    const before = await world.log.end();
    await start();
    const { eventId } = await world.register('ada@example.com');
    await settled(eventId, 'sent');
    await stop();
    const stored = (await world.checkpoints.load('mailer'))!;
    await world.checkpoints.store('mailer', { ...stored, position: before!, lastEvent: null }, stored.position);
    await start();
    const { eventId: later } = await world.register('bob@example.com');
    await settled(later, 'sent');
    expect(transport.recipients).toEqual(['ada@example.com', 'bob@example.com']);
  });

  it('does not send again when the log cannot take MailSent, and appends that later', async () => {
    const { log } = world;
    const append = log.append.bind(log);
    let failures = 3;
    const failing: typeof append = (stream, events, expected) => {
      if (stream.kind !== 'mail' || failures === 0) return append(stream, events, expected);
      failures -= 1;
      return Promise.reject(new StoreUnavailableError('event store', 'test'));
    };
    Object.defineProperty(log, 'append', { value: failing });
    await start();
    const { eventId } = await world.register('ada@example.com');
    await settled(eventId, 'sent');
    expect(failures).toBe(0);
    expect(transport.recipients).toEqual(['ada@example.com']);
  });

  it('lets later mails of others and of the same user go while one waits, and keeps the checkpoint before it', async () => {
    let isGreylisted = true;
    transport.answer = ({ to, messageId }) =>
      isGreylisted && to === 'slow@example.com' && messageId.includes(slow.eventId) ? new MailDelayedError('450') : 'sent';
    const slow = { eventId: 'not yet' };
    const { delays } = await start();
    const before = await world.log.end();
    const { userId, eventId } = await world.register('slow@example.com', { skipVerification: true });
    expect(eventId).toBeDefined();
    slow.eventId = await world.requestReset(userId);
    await eventually('it waits', () => delays.length > 2);
    expect(delays[0]).toEqual({ kind: 'reset', eventId: slow.eventId, failures: 1, retryInMs: 20, reason: '450' });
    const notice = await world.signIn(userId, { ip: null, userAgent: null }, randomUUID());
    const { eventId: other } = await world.register('quick@example.com');
    await settled(other, 'sent');
    await settled(notice, 'sent');
    await stop();
    const checkpoint = await world.checkpoint();
    const asked = (await world.log.readAll()).events.find(({ id }) => id === slow.eventId)!;
    expect(checkpoint! >= before! && checkpoint! < asked.position).toBe(true);
    isGreylisted = false;
    await start();
    await settled(slow.eventId, 'sent');
    expect(transport.recipients.filter((to) => to === 'quick@example.com')).toHaveLength(1);
  });

  it('is under way with one mail of a user at a time', async () => {
    let most = 0;
    const underWay = new Map<string, number>();
    transport.answer = async ({ to }) => {
      underWay.set(to, (underWay.get(to) ?? 0) + 1);
      most = Math.max(most, underWay.get(to)!);
      await new Promise((resolve) => setTimeout(resolve, 15));
      underWay.set(to, underWay.get(to)! - 1);
      return 'sent' as const;
    };
    await start();
    const { userId } = await world.register('ada@example.com');
    const asked: string[] = [];
    for (let device = 0; device < 3; device += 1)
      asked.push(await world.signIn(userId, { ip: null, userAgent: null }, randomUUID()));
    for (const eventId of asked) await settled(eventId, 'sent');
    expect(most).toBe(1);
    expect(transport.tries.slice(1).map(({ messageId }) => messageId.slice(1, 37))).toEqual(asked);
  });

  it('gives a mail up that is refused for good', async () => {
    transport.answer = () => 'refused';
    const { outcomes, delays } = await start();
    const { eventId } = await world.register('nobody@example.com');
    await settled(eventId, 'refused');
    // Counted a moment after it is in the log.
    await eventually('it is counted', () => outcomes.length > 0);
    expect([outcomes, delays, transport.tries.length]).toEqual([['verify refused'], [], 1]);
  });

  describe('sends nothing dead:', () => {
    const fate = async (eventId: string): Promise<void> => {
      await settled(eventId, 'expired');
      expect(transport.tries.filter(({ messageId }) => messageId.includes(eventId))).toEqual([]);
    };

    it('a code whose life is over', async () => {
      await start();
      await stop();
      const { userId } = await world.register('ada@example.com');
      const reset = await world.requestReset(userId);
      world.skewMs += 15 * MINUTE;
      await start();
      await fate(reset);
      await eventually('the verification lives longer', () => transport.tries.length === 1);
    });

    it('a notice after the life of a verification', async () => {
      await start();
      await stop();
      const { userId } = await world.register('ada@example.com', { skipVerification: true });
      const notice = await world.signIn(userId, { ip: null, userAgent: null }, randomUUID());
      world.skewMs += 24 * HOUR;
      await start();
      await fate(notice);
    });

    it('a code whose life ends while it waits', async () => {
      transport.answer = () => new MailDelayedError('421');
      const { delays } = await start();
      const { userId } = await world.register('ada@example.com', { skipVerification: true });
      const reset = await world.requestReset(userId);
      await eventually('it was tried', () => delays.length > 0);
      world.skewMs += 15 * MINUTE;
      await settled(reset, 'expired');
    });

    it('a code that a newer one voids, one that was used, and those of a disabled account', async () => {
      await start();
      await stop();
      const { userId, eventId: first } = await world.register('ada@example.com');
      const second = await world.requestVerification(userId);
      const { userId: bob, eventId: used } = await world.register('bob@example.com');
      await world.verify(bob);
      const { userId: eve, eventId: disabled } = await world.register('eve@example.com');
      await world.change(eve, (account) => decide.disableUser(account, { note: null }));
      await start();
      for (const eventId of [first, used, disabled]) await fate(eventId);
      await settled(second, 'sent');
    });

    it('anything of an erased account, whether its key is gone already or not', async () => {
      await start();
      await stop();
      const { userId, eventId } = await world.register('ada@example.com');
      await world.change(userId, (account) => decide.eraseUser(account, { emailKey: 'k'.repeat(43) }));
      const { userId: bob, eventId: keyless } = await world.register('bob@example.com');
      await world.userKeys.destroy(bob, Date.now());
      await start();
      await fate(eventId);
      await fate(keyless);
    });
  });

  describe('begins', () => {
    const asked = (email: string): Promise<string> => world.register(email).then(({ eventId }) => eventId);

    it('with now, if no mailer ever ran', async () => {
      await asked('before@example.com');
      await start();
      await settled(await asked('after@example.com'), 'sent');
      expect(transport.recipients).toEqual(['after@example.com']);
    });

    it('with what was asked for since it was prepared, though it starts later', async () => {
      const late = await world.startMailer(transport);
      await late.stop();
      expect(await world.checkpoint()).not.toBeNull();
      const eventId = await asked('between@example.com');
      await start();
      await settled(eventId, 'sent');
    });

    it('one life back, if its checkpoint was lost, and doubles nothing', async () => {
      const lost = { load: () => Promise.resolve(null), store: () => Promise.resolve(true) };
      world.skewMs = -25 * HOUR;
      await start();
      await settled(await asked('done@example.com'), 'sent');
      await stop();
      const old = await asked('old@example.com');
      world.skewMs = -HOUR;
      const young = await asked('young@example.com');
      world.skewMs = 0;
      await start({ checkpoints: lost });
      await settled(young, 'sent');
      await settled(await asked('new@example.com'), 'sent');
      expect(transport.recipients).toEqual(['done@example.com', 'young@example.com', 'new@example.com']);
      expect(await world.outcomeOf(old)).toBeNull();
    });

    it('one life back, if the log was restored', async () => {
      await start();
      await settled(await asked('done@example.com'), 'sent');
      await stop();
      const missed = await asked('missed@example.com');
      const stored = (await world.checkpoints.load('mailer'))!;
      const beyond = {
        ...stored,
        position: BEYOND_ANY_LOG,
        lastEvent: { position: BEYOND_ANY_LOG, eventId: randomUUID() },
      };
      await world.checkpoints.store('mailer', beyond, stored.position);
      await world.log.restore({ refuseOlder: false, actor: 'operator:test' });
      await start();
      await settled(missed, 'sent');
      expect(transport.recipients).toEqual(['done@example.com', 'missed@example.com']);
    });
  });

  it('begins again when another mailer has moved the checkpoint', async () => {
    const { runner } = await start();
    const { eventId } = await world.register('ada@example.com');
    await settled(eventId, 'sent');
    await eventually('the checkpoint is stored', async () => (await world.checkpoint()) === (await checkpointOfRest()));
    const stored = (await world.checkpoints.load('mailer'))!;
    await world.checkpoints.store(
      'mailer',
      { ...stored, position: (await world.log.end())!, lastEvent: null },
      stored.position,
    );
    for (const name of ['bob', 'eve']) {
      const { eventId: next } = await world.register(`${name}@example.com`);
      await settled(next, 'sent');
    }
    await eventually('it stores again', async () => (await world.checkpoint()) === (await checkpointOfRest()));
    expect(transport.recipients).toEqual(['ada@example.com', 'bob@example.com', 'eve@example.com']);
    expect(runner.status().state).toBe('running');
  });

  it('waits at its end for a mail under way', async () => {
    let taken = (): void => undefined;
    transport.answer = () => new Promise((resolve) => (taken = () => resolve('sent')));
    await start({ stopGraceMs: 5_000 });
    const { eventId } = await world.register('ada@example.com');
    await eventually('it is under way', () => transport.tries.length === 1);
    const stopped = stop();
    taken();
    await stopped;
    expect(await world.outcomeOf(eventId)).toBe('sent');
  });

  it('writes from where a new device signed in, and its name only to a proved mailbox', async () => {
    await start();
    const { userId, eventId } = await world.register('ada@example.com');
    await settled(eventId, 'sent');
    const client = { ip: '2001:db8:1:2::3', userAgent: CHROME };
    await settled(await world.signIn(userId, client, randomUUID(), 'Visit evil.example'), 'sent');
    await world.verify(userId);
    await settled(await world.signIn(userId, client, randomUUID(), 'Ada’s <b>laptop'), 'sent');
    const [, unproved, proved] = transport.tries;
    expect(unproved!.text).toContain('Program: Chrome on Linux\nNetwork: 2001:db8:1::/48');
    expect(unproved!.text + unproved!.html).not.toContain('evil.example');
    expect(proved!.html).toContain('Ada’s &lt;b&gt;laptop');
  });
});
