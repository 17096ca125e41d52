import { BlockList, isIP } from 'node:net';

// nodemailer would print the conversation, codes included, or send by other ways than SMTP.
const NOT_OURS = ['logger', 'debug', 'transactionLog', 'pool', 'sendmail', 'streamTransport', 'jsonTransport', 'service'];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** SMTP_URL cannot be used. Does not quote it: it may hold a password. */
export class SmtpUrlError extends Error {
  override readonly name = 'SmtpUrlError';
}

/**
 * Checks SMTP_URL (`smtp://` or `smtps://user:password@host:port`) and adds what is safe by default: a password goes to another
 * machine only over TLS, and a server on this machine need not have a certificate. Both may be said otherwise: `?requireTLS=false`,
 * `?tls.rejectUnauthorized=true`. Throws `SmtpUrlError`.
 */
export function smtpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '') {
    throw new SmtpUrlError('SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host');
  }
  for (const name of NOT_OURS) url.searchParams.delete(name);
  const isHere = isLoopback(url.hostname);
  if (isHere) setDefault(url, 'tls.rejectUnauthorized', 'false');
  else if (url.username !== '') setDefault(url, 'requireTLS', 'true');
  return url.href;
}

function setDefault(url: URL, name: string, value: string): void {
  if (!url.searchParams.has(name)) url.searchParams.set(name, value);
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
