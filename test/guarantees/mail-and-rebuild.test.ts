/** G19: rebuilding the read model reads every request for a mail again, and sends none. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { rebuild } from '../../src/processors/rebuild.js';
import { eventually } from '../support/eventually.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';
import { outboxMail, outboxMails } from '../support/mail/outbox-mails.js';
import { wholeLog } from '../support/log-reader.js';

let app: RunningApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.close());

const sent = async (): Promise<number> => (await wholeLog(app)).filter(({ event }) => event.type === 'MailSent').length;

async function registered(): Promise<string> {
  const { email, password } = freshCredentials();
  await app.api.register({ email, password });
  await outboxMail(app.folder, email, 'Confirm');
  return email;
}

it('a rebuild sends no mail, beside a running mailer', async () => {
  const emails = [await registered(), await registered()];
  await app.api.post('password/forgot', { email: emails[0] });
  await outboxMail(app.folder, emails[0]!, 'Choose');
  // A mailer that has not noted a mail yet would owe it again.
  await eventually('all are in the log', async () => (await sent()) === 3);
  rmSync(path.join(app.folder, 'outbox'), { recursive: true });
  const { eventLog, stores } = app.application;
  const options = { log: eventLog, readModel: stores.readModel, retentionMs: 86_400_000, now: Date.now };
  for (const dryRun of [true, false]) expect((await rebuild({ ...options, dryRun })).differences).toEqual([]);
  // The mailer goes on, in the order of the log: whatever it owed before would be here by now.
  const later = await registered();
  expect(outboxMails(app.folder).map(({ to }) => to)).toEqual([later]);
  await eventually('the last one is in the log', async () => (await sent()) >= 4);
  expect(await sent()).toBe(4);
});
