import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { MailDelayedError, type MailTransport } from '../../src/processors/ports.js';
import { aMail } from '../support/mail/a-mail.js';

export interface OpenedMailTransport {
  readonly transport: MailTransport;
  /** The sources of the mails that were handed over, in any order. */
  sources(): Promise<readonly string[]>;
  /** From now on nothing can be handed over, until `repair`. */
  breakDown(): Promise<void>;
  repair(): Promise<void>;
  close(): Promise<void>;
}

const PLAIN = 'Confirm this address:\nhttps://auth.example.com/verify#code=a.b\n';

/** Every adapter keeps the port's promises: the same suite for each. `open` is called for each test. */
export function mailTransportContract(name: string, open: () => Promise<OpenedMailTransport>): void {
  describe(`mail transport: ${name}`, () => {
    let opened: OpenedMailTransport;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const onlySource = async (): Promise<string> => {
      const sources = await opened.sources();
      expect(sources).toHaveLength(1);
      return sources[0]!;
    };

    it('hands a mail over as it is, with its Message-ID and the link in one piece, as plain text and HTML', async () => {
      const mail = aMail({ text: PLAIN });
      expect(await opened.transport.send(mail)).toBe('sent');
      const source = await onlySource();
      expect(source).toContain(`Message-ID: ${mail.messageId}\r\n`);
      expect(source).toContain('From: Accounts <no-reply@example.com>\r\n');
      expect(source).toContain(`To: ${mail.to}\r\n`);
      expect(source).toContain(`Subject: ${mail.subject}\r\n`);
      expect(source).toContain('\r\nhttps://auth.example.com/verify#code=a.b\r\n');
      expect(source).toContain('Content-Type: text/plain; charset=utf-8\r\n');
      expect(source).toContain('Content-Type: text/html; charset=utf-8\r\n');
    });

    it('asks programs not to answer', async () => {
      await opened.transport.send(aMail());
      expect(await onlySource()).toContain('Auto-Submitted: auto-generated\r\n');
    });

    it('keeps what is not ASCII', async () => {
      await opened.transport.send(aMail({ text: 'Gerät: Ädas Laptop\n' }));
      expect(await onlySource()).toContain('Ger=C3=A4t: =C3=84das Laptop');
    });

    it('takes the recipient for one address, whatever it holds', async () => {
      await opened.transport.send(aMail({ to: "o'hara+a=b|c@example.com" }));
      expect(await onlySource()).toContain("To: o'hara+a=b|c@example.com\r\n");
    });

    it('sends the same mail again under the same Message-ID, and each other under its own', async () => {
      const [mail, other] = [aMail(), aMail()];
      for (const one of [mail, mail, other]) expect(await opened.transport.send(one)).toBe('sent');
      const ids = (await opened.sources()).map((source) => /^Message-ID: (\S+)\r$/m.exec(source)?.[1]);
      expect(new Set(ids)).toEqual(new Set([mail.messageId, other.messageId]));
    });

    it('may be tried again when it cannot hand over, and says nothing of the mail', async () => {
      const mail = aMail({ to: 'secret@example.com', userId: randomUUID() });
      await opened.breakDown();
      const error: unknown = await opened.transport.send(mail).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MailDelayedError);
      for (const text of [mail.to, mail.userId!, mail.messageId, 'code=', '/'])
        expect((error as Error).message).not.toContain(text);
      await opened.repair();
      expect(await opened.transport.send(mail)).toBe('sent');
      expect(await onlySource()).toContain(mail.messageId);
    });

    it('hands many over at once', async () => {
      const mails = Array.from({ length: 10 }, () => aMail());
      expect(await Promise.all(mails.map((mail) => opened.transport.send(mail)))).toEqual(mails.map(() => 'sent'));
      expect(await opened.sources()).toHaveLength(10);
    });
  });
}
