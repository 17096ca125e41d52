/** G19 over a real SMTP server: one that is down, slow, refuses, breaks off, and a process killed at the worst moment. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSmtp } from '../../src/adapters/smtp/smtp-transport.js';
import { startChild } from '../support/child-process.js';
import { eventually } from '../support/eventually.js';
import { installationFolder, storesConfigOf } from '../support/every-back-end.js';
import { MailWorld, type RunningMailer } from '../support/mail/mail-world.js';
import { SmtpTestServer } from '../support/mail/smtp-test-server.js';

const PROCESS = new URL('../support/mail/mailing-process.js', import.meta.url);
const TIMEOUTS = { connect: 30_000, greet: 30_000, answer: 30_000 };
/** A mail that a server has taken is sent again if this process stands still for so long. */
const IMPATIENT = { ...TIMEOUTS, answer: 2_000 };

describe('the mailer over SMTP', () => {
  let folder: ReturnType<typeof installationFolder>;
  let world: MailWorld;
  let server: SmtpTestServer;
  let running: RunningMailer | null = null;

  beforeEach(async () => {
    folder = installationFolder();
    world = await MailWorld.open(await storesConfigOf(folder.path));
    server = await SmtpTestServer.start();
  });
  afterEach(async () => {
    await running?.stop();
    running = null;
    await world.close();
    await server.down();
    await folder.remove();
  });

  async function start(timeoutsMs = TIMEOUTS): Promise<RunningMailer> {
    running = await world.startMailer(openSmtp({ url: server.url, timeoutsMs }));
    return running;
  }
  const settled = (eventId: string, outcome: string): Promise<void> =>
    eventually(`${eventId} is ${outcome}`, async () => (await world.outcomeOf(eventId)) === outcome);
  const messageIds = (): string[] => server.taken.map(({ messageId }) => messageId);

  it('waits for a server that is down', async () => {
    await server.down();
    const { delays } = await start();
    const { eventId } = await world.register('ada@example.com');
    await eventually('it was tried', () => delays.length > 1);
    expect(delays[0]!.reason).toBe('SMTP: ESOCKET at CONN');
    await server.up();
    await settled(eventId, 'sent');
    expect(messageIds()).toEqual([`<${eventId}@auth.example.com>`]);
  });

  it('gives up on a recipient that is refused for good, and on that one alone', async () => {
    server.recipientCode = (address) => (address.startsWith('nobody') ? 550 : null);
    await start();
    const { eventId } = await world.register('nobody@example.com');
    const { eventId: other } = await world.register('ada@example.com');
    await settled(eventId, 'refused');
    await settled(other, 'sent');
  });

  it('sends on past a greylisted mailbox, which gets its mail later', async () => {
    const greylisted = new Set(['slow@example.com']);
    server.recipientCode = (address) => (greylisted.has(address) ? 451 : null);
    await start();
    const { eventId } = await world.register('slow@example.com');
    const { eventId: other } = await world.register('ada@example.com');
    await settled(other, 'sent');
    expect(await world.outcomeOf(eventId)).toBeNull();
    greylisted.clear();
    await settled(eventId, 'sent');
  });

  it.each([
    ['slow to answer', (): { slowMs: number } => ({ slowMs: 6_000 })],
    ['killed between the mail and its answer', (): 'cut' => 'cut'],
  ])('sends again, with the same Message-ID, what a server had taken that was %s', async (_, ill) => {
    server.afterData = () => (server.taken.length === 1 ? ill() : 'take');
    await start(IMPATIENT);
    const { eventId } = await world.register('ada@example.com');
    await settled(eventId, 'sent');
    const messageId = `<${eventId}@auth.example.com>`;
    expect(messageIds()).toEqual([messageId, messageId]);
  });

  it('sends again with the same Message-ID after it was killed between the sending and MailSent, and then never more', async () => {
    await start();
    await running!.stop();
    running = null;
    const { eventId } = await world.register('ada@example.com');
    await world.close();
    const stores = JSON.stringify(await storesConfigOf(folder.path));
    const killed = startChild(PROCESS, stores, server.url, 'HANG_AFTER_SENDING');
    await killed.says('taken');
    killed.process.kill('SIGKILL');
    await killed.ended;
    for (const says of ['verify sent', 'started']) {
      const child = startChild(PROCESS, stores, server.url);
      await child.says(says);
      child.process.kill('SIGKILL');
      await child.ended;
    }
    world = await MailWorld.open(await storesConfigOf(folder.path));
    await start();
    const { eventId: next } = await world.register('bob@example.com');
    await settled(next, 'sent');
    expect(messageIds()).toEqual([eventId, eventId, next].map((id) => `<${id}@auth.example.com>`));
    const [first, second] = server.taken.map(({ raw }) => /#code=\S+/.exec(raw)?.[0]);
    expect(first).toBe(second);
  });
});
