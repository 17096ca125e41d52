import { describe, expect, it } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openOutbox } from '../../../src/adapters/smtp/outbox.js';
import { MailDelayedError } from '../../../src/processors/ports.js';
import { aMail } from '../../support/mail/a-mail.js';
import { outboxFolder } from '../../support/mail/outbox-folder.js';

const ID = '6f1c0d5e-6d0b-4a53-9f0e-1d6e5b0c7a11';
const messageId = `<${ID}@auth.example.com>`;

describe('the outbox', () => {
  const outbox = outboxFolder();

  const modeOf = (file: string): number => statSync(file).mode & 0o777;

  it('keeps a mail as a message that only its owner can read, with the link in one piece', async () => {
    const mail = aMail({ messageId });
    expect(await openOutbox(outbox.path).send(mail)).toBe('sent');
    const file = path.join(outbox.path, `${ID}.eml`);
    const message = readFileSync(file, 'utf8');
    expect(message).toContain(`Message-ID: ${messageId}\r\n`);
    expect(message).toContain('To: ada@example.com\r\n');
    expect(message).toContain(`\r\n${mail.text.split('\n')[1]!}\r\n`);
    expect([modeOf(file), modeOf(outbox.path)]).toEqual([0o600, 0o700]);
  });

  it('puts a mail that is sent again in the place of the first, and leaves nothing unfinished', async () => {
    const transport = openOutbox(outbox.path);
    await transport.send(aMail({ messageId, subject: 'first' }));
    await transport.send(aMail({ messageId, subject: 'second' }));
    expect(readdirSync(outbox.path)).toEqual([`${ID}.eml`]);
    expect(readFileSync(path.join(outbox.path, `${ID}.eml`), 'utf8')).toContain('Subject: second\r\n');
  });

  it('writes what is not ASCII so that it survives', async () => {
    await openOutbox(outbox.path).send(aMail({ messageId, text: 'Gerät: Ädas Laptop\n' }));
    expect(readFileSync(path.join(outbox.path, `${ID}.eml`), 'utf8')).toContain('Ger=C3=A4t: =C3=84das Laptop');
  });

  it('may be tried again when it cannot write, and names no path', async () => {
    writeFileSync(outbox.path, '');
    const sent = openOutbox(outbox.path).send(aMail({ messageId }));
    await expect(sent).rejects.toThrow(new MailDelayedError('outbox: EEXIST'));
  });

  it('writes nowhere else, whatever the Message-ID', async () => {
    mkdirSync(outbox.path);
    const sent = openOutbox(outbox.path).send(aMail({ messageId: '<../escaped@auth.example.com>' }));
    await expect(sent).rejects.toBeInstanceOf(MailDelayedError);
    expect(readdirSync(outbox.parent)).toEqual(['outbox']);
  });
});
