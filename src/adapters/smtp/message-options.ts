import type { Mail } from '../../processors/ports.js';

const ASCII = /^[\r\n\x20-\x7e]*$/;
/** RFC 5322 §2.1.1. */
const MAX_LINE = 998;

/**
 * A mail as nodemailer takes it. Text that may stay as it is does: a link is then in one piece in the message's source.
 */
export function messageOptions({ messageId, from, to, subject, text, html }: Mail) {
  return {
    ...{ messageId, from, subject, html },
    // As an object it is not parsed: an address is one address, whatever it holds.
    to: { name: '', address: to },
    text: isPlain(text) ? { raw: asSevenBit(text) } : text,
    // RFC 3834 §5: out-of-office programs do not answer.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const;
}

function isPlain(text: string): boolean {
  return ASCII.test(text) && text.split('\n').every((line) => line.length <= MAX_LINE);
}

function asSevenBit(text: string): string {
  const head = ['Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 7bit', '', ''];
  return head.join('\r\n') + text.replace(/\r?\n/g, '\r\n');
}
