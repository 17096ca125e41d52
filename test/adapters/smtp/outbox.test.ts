import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openOutbox } from '../../../src/adapters/smtp/outbox.js';
import { MailDelayedError } from '../../../src/processors/ports.js';
import { aMail } from '../../support/mail/a-mail.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const ID = '6f1c0d5e-6d0b-4a53-9f0e-1d6e5b0c7a11';
const messageId = `<${ID}@auth.example.com>`;

describe('the outbox', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let outbox: string;
  beforeEach(() => {
    folder = temporaryFolder();
    outbox = path.join(folder.path, 'outbox');
  });
  afterEach(() => folder.remove());

  const modeOf = (file: string): number => statSync(file).mode & 0o777;

  it('keeps a mail as a message that only its owner can read, with the link in one piece', async () => {
    const mail = aMail({ messageId });
    expect(await openOutbox(outbox).send(mail)).toBe('sent');
    const file = path.join(outbox, `${ID}.eml`);
    const message = readFileSync(file, 'utf8');
    expect(message).toContain(`Message-ID: ${messageId}\r\n`);
    expect(message).toContain('To: ada@example.com\r\n');
    expect(message).toContain(`\r\n${mail.text.split('\n')[1]!}\r\n`);
    expect([modeOf(file), modeOf(outbox)]).toEqual([0o600, 0o700]);
  });

  it('puts a mail that is sent again in the place of the first, and leaves nothing unfinished', async () => {
    const transport = openOutbox(outbox);
    await transport.send(aMail({ messageId, subject: 'first' }));
    await transport.send(aMail({ messageId, subject: 'second' }));
    expect(readdirSync(outbox)).toEqual([`${ID}.eml`]);
    expect(readFileSync(path.join(outbox, `${ID}.eml`), 'utf8')).toContain('Subject: second\r\n');
  });

  it('writes what is not ASCII so that it survives', async () => {
    await openOutbox(outbox).send(aMail({ messageId, text: 'Gerät: Ädas Laptop\n' }));
    expect(readFileSync(path.join(outbox, `${ID}.eml`), 'utf8')).toContain('Ger=C3=A4t: =C3=84das Laptop');
  });

  it('may be tried again when it cannot write, and names no path', async () => {
    writeFileSync(outbox, '');
    const sent = openOutbox(outbox).send(aMail({ messageId }));
    await expect(sent).rejects.toThrow(new MailDelayedError('outbox: EEXIST'));
  });

  it('writes nowhere else, whatever the Message-ID', async () => {
    mkdirSync(outbox);
    const sent = openOutbox(outbox).send(aMail({ messageId: '<../escaped@auth.example.com>' }));
    await expect(sent).rejects.toBeInstanceOf(MailDelayedError);
    expect(readdirSync(folder.path)).toEqual(['outbox']);
  });
});
