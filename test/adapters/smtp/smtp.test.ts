import { afterEach, describe, expect, it } from '@jest/globals';
import { isRefusedForGood, reasonOf } from '../../../src/adapters/smtp/smtp-answers.js';
import { openSmtp, type SmtpOptions } from '../../../src/adapters/smtp/smtp-transport.js';
import { smtpUrl, SmtpUrlError } from '../../../src/adapters/smtp/smtp-url.js';
import { MailDelayedError, type Mail } from '../../../src/processors/ports.js';
import { SmtpTestServer } from '../../support/mail/smtp-test-server.js';
import { aMail } from '../../support/mail/a-mail.js';

// Only for a server that is slow by intent: any other may be slow because the machine is.
const QUICK = { connect: 10_000, greet: 10_000, answer: 400 };

describe('mail by SMTP', () => {
  let server: SmtpTestServer | null = null;
  afterEach(async () => {
    await server?.down();
    server = null;
  });

  async function open(options: Partial<SmtpOptions> = {}, ...of: Parameters<typeof SmtpTestServer.start>) {
    server = await SmtpTestServer.start(...of);
    const refusals: unknown[] = [];
    const transport = openSmtp({
      url: server.url,
      onRefused: (refused) => refusals.push(refused),
      ...options,
    });
    return { server, transport, refusals };
  }
  const delayed = async (sent: Promise<unknown>): Promise<string> => {
    const error = await sent.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(MailDelayedError);
    return (error as Error).message;
  };

  it('hands a mail over as it is, with its Message-ID', async () => {
    const { server, transport } = await open();
    const mail = aMail();
    expect(await transport.send(mail)).toBe('sent');
    const [taken] = server.taken;
    expect(taken).toMatchObject({ to: mail.to, messageId: mail.messageId });
    expect(taken!.raw).toContain('From: Accounts <no-reply@example.com>');
    expect(taken!.raw).toContain('Auto-Submitted: auto-generated');
    expect(taken!.raw).toMatch(/^https:\/\/auth\.example\.com\/verify#code=[\w.-]+\r$/m);
    expect(taken!.raw).toContain('Content-Type: text/html; charset=utf-8');
  });

  it('takes the recipient for one address, whatever it holds', async () => {
    const { server, transport } = await open();
    expect(await transport.send(aMail({ to: "o'hara+a=b|c@example.com" }))).toBe('sent');
    expect(server.taken.map(({ to }) => to)).toEqual(["o'hara+a=b|c@example.com"]);
  });

  it.each([550, 552, 556])('is refused for good when the recipient is answered %d', async (code) => {
    const { server, transport, refusals } = await open();
    server.recipientCode = () => code;
    const mail = aMail();
    expect(await transport.send(mail)).toBe('refused');
    expect(refusals).toEqual([{ messageId: mail.messageId, reason: `SMTP: ${code} 5.1.1 at RCPT TO` }]);
  });

  it('is refused for good when the content is', async () => {
    const { server, transport } = await open();
    server.afterData = () => ({ code: 554 });
    expect(await transport.send(aMail())).toBe('refused');
  });

  it.each([
    ['a greylisted recipient', (s: SmtpTestServer) => (s.recipientCode = () => 450), 'SMTP: 450 5.1.1 at RCPT TO'],
    ['a server without room', (s: SmtpTestServer) => (s.afterData = () => ({ code: 452 })), 'SMTP: 452 5.1.1 at DATA'],
    ['a sender that is not ours', (s: SmtpTestServer) => (s.senderCode = 550), 'SMTP: 550 5.1.1 at MAIL FROM'],
    ['a login that is asked for', (s: SmtpTestServer) => (s.recipientCode = () => 530), 'SMTP: 530 5.1.1 at RCPT TO'],
    ['a connection cut before the answer', (s: SmtpTestServer) => (s.afterData = () => 'cut'), /^SMTP: E\w+ at CONN$/],
  ])('may be tried again: %s; no reason names anybody', async (_, make, reason) => {
    const { server, transport, refusals } = await open();
    make(server);
    const said = await delayed(transport.send(aMail()));
    expect(said).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
    expect(said).not.toContain('@');
    expect(refusals).toEqual([]);
  });

  it('may be tried again when the server does not answer in time', async () => {
    const { server, transport, refusals } = await open({ timeoutsMs: QUICK });
    server.afterData = () => ({ slowMs: 700 });
    expect(await delayed(transport.send(aMail()))).toMatch(/^SMTP: ETIMEDOUT/);
    expect(refusals).toEqual([]);
  });

  it('may be tried again while the server is down, and goes through once it is up', async () => {
    const { server, transport } = await open();
    await server.down();
    expect(await delayed(transport.send(aMail()))).toBe('SMTP: ESOCKET at CONN');
    await server.up();
    expect(await transport.send(aMail())).toBe('sent');
  });

  it('may be tried again when the password is wrong, and does not say it', async () => {
    const onAuth = (_: unknown, __: unknown, done: (error: Error) => void): void => done(new Error('no'));
    const { server } = await open({}, { authOptional: false, onAuth });
    const url = server.url.replace('smtp://', 'smtp://ada:secret-word@');
    const said = await delayed(openSmtp({ url }).send(aMail()));
    expect(said).toBe('SMTP: 535 at AUTH PLAIN');
  });

  it('needs no certificate of a server on this machine', async () => {
    const { transport, server } = await open({}, { hideSTARTTLS: false });
    expect(await transport.send(aMail())).toBe('sent');
    expect(server.taken).toHaveLength(1);
  });

  it('sends nobody a header of theirs', async () => {
    const { server, transport } = await open();
    const hostile: Mail = aMail({ to: 'a@example.com\r\nBcc: eve@example.com' });
    await transport.send(hostile).catch(() => undefined);
    for (const { raw } of server.taken) expect(raw).not.toMatch(/^Bcc:/im);
  });
});

describe('SMTP_URL', () => {
  it.each([
    ['smtp://mail:25', 'smtp://mail:25'],
    ['smtp://u:p@mail.example.com:587', 'smtp://u:p@mail.example.com:587?requireTLS=true'],
    ['smtp://u:p@mail.example.com?requireTLS=false', 'smtp://u:p@mail.example.com?requireTLS=false'],
    ['smtp://u:p@127.0.0.1:1025', 'smtp://u:p@127.0.0.1:1025?tls.rejectUnauthorized=false'],
    ['smtps://localhost?tls.rejectUnauthorized=true', 'smtps://localhost?tls.rejectUnauthorized=true'],
    ['smtp://[::1]:25?logger=true&debug=true', 'smtp://[::1]:25?tls.rejectUnauthorized=false'],
  ])('%s is used as %s', (given, used) => {
    expect(smtpUrl(given)).toBe(used);
  });

  it.each(['', 'mail.example.com', 'http://mail.example.com', 'smtp://'])('%j is refused, unquoted', (given) => {
    expect(() => smtpUrl(given)).toThrow(SmtpUrlError);
    expect(() => smtpUrl(given)).toThrow('SMTP_URL must look like smtp://user:password@host:587');
  });
});

describe('an answer of a server', () => {
  it.each([
    [{ code: 'EENVELOPE', responseCode: 550, command: 'RCPT TO' }, true],
    [{ code: 'EMESSAGE', responseCode: 552, command: 'DATA' }, true],
    [{ code: 'EENVELOPE', command: 'API', message: 'Invalid recipient "x"' }, true],
    [{ code: 'EENVELOPE', command: 'API', message: 'Invalid sender "x"' }, false],
    [{ code: 'EPROTOCOL', responseCode: 521, command: 'CONN' }, false],
    [{ code: 'EAUTH', responseCode: 535, command: 'AUTH PLAIN' }, false],
    [{ code: 'EENVELOPE', responseCode: 550, command: 'MAIL FROM' }, false],
    [{ code: 'ETIMEDOUT', command: 'CONN' }, false],
    [{}, false],
  ])('%j is final: %s', (failure, final) => {
    expect(isRefusedForGood(failure)).toBe(final);
  });

  it('is named in codes alone', () => {
    const response = '550-5.7.1 <ada@example.com> is not known';
    expect(reasonOf({ code: 'EENVELOPE', responseCode: 550, response, command: 'RCPT TO' })).toBe(
      'SMTP: 550 5.7.1 at RCPT TO',
    );
    expect(reasonOf({ code: 'EDNS' })).toBe('SMTP: EDNS');
    expect(reasonOf({})).toBe('SMTP: failed');
  });
});
