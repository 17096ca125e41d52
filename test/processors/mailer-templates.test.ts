/**
 * What the mails say: test/support/mail/written holds each, for people to read. `UPDATE_MAILS=1` writes them again.
 */
import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { agentWords, networkWords } from '../../src/processors/mail/client-words.js';
import { pauseBeforeRetry } from '../../src/processors/mail/mail-pauses.js';
import { MAIL_KINDS } from '../../src/processors/mail/mail-request.js';
import { writeMail } from '../../src/processors/mail/templates/templates.js';
import { durationWords, utcWords, whenWords } from '../../src/processors/mail/time-words.js';
import { MAIL_TIME, mailData } from '../support/mail/mail-data.js';

describe('a mail', () => {
  it.each(MAIL_KINDS)('says who, what, when, from where and what to do: %s', (kind) => {
    const { subject, text } = writeMail(kind, mailData());
    const written = `Subject: ${subject}\n\n${text}`;
    const file = path.resolve('test/support/mail/written', `${kind}.txt`);
    if (process.env.UPDATE_MAILS !== undefined) writeFileSync(file, written);
    expect(written).toBe(readFileSync(file, 'utf8'));
  });

  it.each(MAIL_KINDS)('loads nothing from anywhere, runs nothing, and says in HTML what the text says: %s', (kind) => {
    const { html, text, subject } = writeMail(kind, mailData());
    expect(html).not.toMatch(/<(?:img|link|script|iframe|object|embed|video|audio|svg|form|style)\b/i);
    expect(html).not.toMatch(/\b(?:src|srcset|background|poster|on\w+)\s*=|url\(|@import/i);
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url);
    expect(links.every((url) => url === mailData().url)).toBe(true);
    const words = (of: string): string => of.replaceAll(/[’“”]/g, '').replaceAll(/["']/g, '').replaceAll(/\s+/g, ' ');
    const said = words(
      html
        .replaceAll(/<[^>]*>/g, ' ')
        .replaceAll('&amp;', '&')
        .replaceAll(/&#39;|&quot;/g, ''),
    );
    for (const line of text
      .split('\n\n')
      .filter((part) => !part.startsWith('-- ') && !part.includes(': ') && !part.includes(':\n')))
      expect(said).toContain(words(line));
    expect(said).toContain(words(subject));
  });

  it('is in lines of mail, but for the link, which is in one piece', () => {
    for (const kind of MAIL_KINDS) {
      const long = writeMail(kind, mailData())
        .text.split('\n')
        .filter((line) => line.length > 78);
      expect(long.every((line) => line === mailData().url)).toBe(true);
    }
  });

  it('says text of strangers as text', () => {
    const { html, text } = writeMail('new_device', mailData({ deviceName: '<img src=x onerror="alert(1)">&\'' }));
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;');
    expect(text).toContain('Device: <img src=x onerror="alert(1)">&\'');
  });

  it('says whether the session that was used in two places goes on', () => {
    expect(writeMail('two_places', mailData({ sessionEnded: false })).text).toContain('The session goes on.');
    expect(writeMail('two_places', mailData()).text).toContain('We ended this session for both');
  });
});

describe('the words of a mail', () => {
  it.each([
    [0, '0 seconds'],
    [1_000, '1 second'],
    [119_999, '119 seconds'],
    [900_000, '15 minutes'],
    [7_200_000, '2 hours'],
    [86_400_000, '24 hours'],
    [172_800_000, '2 days'],
  ])('%d ms are %s', (milliseconds, words) => {
    expect(durationWords(milliseconds)).toBe(words);
  });

  it('names a moment for readers in every time zone, and seen from the mail', () => {
    expect(utcWords(Date.parse('2026-12-01T00:05:59.999Z'))).toBe('1 December 2026, 00:05 UTC');
    expect(whenWords(MAIL_TIME, MAIL_TIME + 3 * 3_600_000)).toBe(
      '31 January 2026, 12:00 UTC (3 hours before this mail was sent)',
    );
    // A clock that stepped back in between.
    expect(whenWords(MAIL_TIME, MAIL_TIME - 5)).toBe('31 January 2026, 12:00 UTC (just before this mail was sent)');
  });

  it.each([
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Windows'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0', 'Edge on Windows'],
    ['Chrome/130.0', 'Chrome'],
    ['curl/8.5.0 (Linux)', 'a program on Linux'],
    ['Visit https://evil.example now', 'a program that is no known browser'],
    [null, 'not known'],
  ])('%s is %s', (agent, words) => {
    expect(agentWords(agent)).toBe(words);
  });

  it.each([
    ['192.0.2.17', '192.0.2.0/24'],
    ['2001:db8:1:2::3', '2001:db8:1::/48'],
    [null, 'not known'],
    ['<b>', 'not known'],
  ])('the network of %s is %s', (ip, words) => {
    expect(networkWords(ip)).toBe(words);
  });
});

describe('the pauses before a mail is tried again', () => {
  it.each([
    [1, 0, 1_000],
    [2, 1_000, 2_000],
    [5, 15_000, 16_000],
    [6, 31_000, 30_000],
    [90, 3_599_999, 30_000],
    [91, 3_600_000, 300_000],
    [2_000, 86_400_000, 300_000],
  ])('after %d failures in %d ms: %d ms', (failures, tryingForMs, pauseMs) => {
    expect(pauseBeforeRetry(failures, tryingForMs)).toBe(pauseMs);
  });
});
