/** G19: from which event on a mailer sends. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { BEYOND_ANY_LOG, installationFolder } from '../support/every-back-end.js';
import { HOUR } from '../support/mail/mail-world.js';
import { MailerUnderTest } from '../support/mail/mailer-under-test.js';

let mailer: MailerUnderTest;
beforeEach(async () => {
  mailer = await MailerUnderTest.open(installationFolder());
});
afterEach(() => mailer.close());

describe('the mailer begins', () => {
  const asked = (email: string): Promise<string> => mailer.world.register(email).then(({ eventId }) => eventId);

  it('with now, if no mailer ever ran', async () => {
    await asked('before@example.com');
    await mailer.start();
    await mailer.settled(await asked('after@example.com'), 'sent');
    expect(mailer.transport.recipients).toEqual(['after@example.com']);
  });

  it('with what was asked for since it was prepared, though it starts later', async () => {
    const late = await mailer.world.startMailer(mailer.transport);
    await late.stop();
    expect(await mailer.world.checkpoint()).not.toBeNull();
    const eventId = await asked('between@example.com');
    await mailer.start();
    await mailer.settled(eventId, 'sent');
  });

  it('one life back, if its checkpoint was lost, and doubles nothing', async () => {
    const lost = { load: () => Promise.resolve(null), store: () => Promise.resolve(true) };
    mailer.world.skewMs = -25 * HOUR;
    await mailer.start();
    await mailer.settled(await asked('done@example.com'), 'sent');
    await mailer.stop();
    const old = await asked('old@example.com');
    mailer.world.skewMs = -HOUR;
    const young = await asked('young@example.com');
    mailer.world.skewMs = 0;
    await mailer.start({ checkpoints: lost });
    await mailer.settled(young, 'sent');
    await mailer.settled(await asked('new@example.com'), 'sent');
    expect(mailer.transport.recipients).toEqual(['done@example.com', 'young@example.com', 'new@example.com']);
    expect(await mailer.world.outcomeOf(old)).toBeNull();
  });

  it('one life back, if the log was restored', async () => {
    await mailer.start();
    await mailer.settled(await asked('done@example.com'), 'sent');
    await mailer.stop();
    const missed = await asked('missed@example.com');
    const stored = (await mailer.world.checkpoints.load('mailer'))!;
    const beyond = {
      ...stored,
      position: BEYOND_ANY_LOG,
      lastEvent: { position: BEYOND_ANY_LOG, eventId: randomUUID() },
    };
    await mailer.world.checkpoints.store('mailer', beyond, stored.position);
    await mailer.world.log.restore({ refuseOlder: false, actor: 'operator:test' });
    await mailer.start();
    await mailer.settled(missed, 'sent');
    expect(mailer.transport.recipients).toEqual(['done@example.com', 'missed@example.com']);
  });

  it('again when another mailer has moved the checkpoint', async () => {
    const { runner } = await mailer.start();
    const { eventId } = await mailer.world.register('ada@example.com');
    await mailer.settled(eventId, 'sent');
    await eventually(
      'the checkpoint is stored',
      async () => (await mailer.world.checkpoint()) === (await mailer.checkpointOfRest()),
    );
    const stored = (await mailer.world.checkpoints.load('mailer'))!;
    await mailer.world.checkpoints.store(
      'mailer',
      { ...stored, position: (await mailer.world.log.end())!, lastEvent: null },
      stored.position,
    );
    for (const name of ['bob', 'eve']) {
      const { eventId: next } = await mailer.world.register(`${name}@example.com`);
      await mailer.settled(next, 'sent');
    }
    await eventually(
      'it stores again',
      async () => (await mailer.world.checkpoint()) === (await mailer.checkpointOfRest()),
    );
    expect(mailer.transport.recipients).toEqual(['ada@example.com', 'bob@example.com', 'eve@example.com']);
    expect(runner.status().state).toBe('running');
  });
});
