import { scheduleJob } from 'node-schedule';
import { z } from 'zod';
import { addressProblem, urlAddressProblem } from './connection-string.js';

type Check<T> = z.ZodType<T, string>;

/** A number in digits from `least` (or above it) to `most`, fractions allowed. The messages complete "NAME …". */
function number(accepts: (value: number) => boolean, range: string): Check<number> {
  return z
    .string()
    .regex(/^[+-]?\d+(\.\d+)?$/, 'must be a number in digits')
    .transform(Number)
    .refine(accepts, `must be ${range}`);
}

/** A number above 0, fractions allowed. */
export function amount(most: number): Check<number> {
  return number((value) => value > 0 && value <= most, `above 0 and at most ${most}`);
}

/** A number from 0, fractions allowed. */
export function amountOrNone(most: number): Check<number> {
  return number((value) => value >= 0 && value <= most, `from 0 to ${most}`);
}

/** A whole number in a range. */
export function whole(least: number, most: number): Check<number> {
  return number(
    (value) => Number.isInteger(value) && value >= least && value <= most,
    `a whole number from ${least} to ${most}`,
  );
}

/** A port to listen on. */
export function port(): Check<number> {
  return whole(0, 65_535);
}

/** Items separated by commas. */
export function list(): z.ZodType<string[], string> {
  return z.string().transform((value) => value.split(',').map((item) => item.trim()));
}

/** One of some words. */
export function oneOf<const W extends string>(words: readonly W[]): Check<W> {
  return z.enum(words, { error: `must be ${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}` });
}

/** A text of any kind, without blanks around it. */
export function text(): Check<string> {
  return z
    .string()
    .transform((value) => value.trim())
    .refine((value) => value !== '', 'must not be blank');
}

/** A name or an address to listen on; an IPv6 address may stand in brackets, as in a URL. */
export function host(): Check<string> {
  return text().transform((value) => value.replace(/^\[(.+)\]$/, '$1'));
}

/** A mailbox (RFC 5322 §3.4): an address, or a name before an address in angle brackets. */
export function mailbox(): Check<string> {
  const form = /^(?:[^<>\p{Cc}]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u;
  return text().refine(
    (value) => form.test(value),
    'must be an address, or a name and an address: Example <accounts@example.com>',
  );
}

/** A connection string that begins as a pattern says. `problem` finds out what is wrong with it beyond that. */
function connection(pattern: RegExp, beginning: string, problem: (text: string) => string | null): z.ZodString {
  return z
    .string()
    .regex(pattern, { error: `must be a connection string that begins with ${beginning}`, abort: true })
    .superRefine((value, context) => {
      const message = problem(value);
      if (message !== null) context.addIssue({ code: 'custom', message });
    });
}

/** A connection string of a store, which may name several hosts. */
export function connectionString(pattern: RegExp, beginning: string): Check<string> {
  return connection(pattern, beginning, addressProblem);
}

/** A connection string that is a URL of one host. */
export function connectionUrl(pattern: RegExp, beginning: string, example: string): Check<string> {
  return connection(pattern, beginning, urlAddressProblem).refine(
    (value) => URL.canParse(value) && new URL(value).hostname !== '',
    `must look like ${example}`,
  );
}

/** An http or https URL without user, query and fragment (RFC 8414 §2), as it is written. */
export function httpUrl(): Check<string> {
  return z.string().refine((value) => {
    const url = parsedUrl(value);
    return url !== null && url.username === '' && url.password === '' && !/[?#]/.test(value);
  }, 'must be an http or https URL without user, query and fragment, for example https://auth.example.com');
}

/** Origins separated by commas, each in its one form (`URL.origin`). */
export function origins(): z.ZodType<string[], string> {
  return list()
    .refine(
      (items) => items.every(isOrigin),
      'must be origins separated by commas, for example https://app.example.com; * and paths are not allowed',
    )
    .transform((items) => [...new Set(items.map((item) => new URL(item).origin))]);
}

function isOrigin(item: string): boolean {
  const url = parsedUrl(item);
  return url !== null && url.username === '' && url.password === '' && url.pathname === '/' && !/[?#*]/.test(item);
}

function parsedUrl(value: string): URL | null {
  // Without the slashes the parser would take "https:example.com", and with blanks it would cut them off.
  if (!/^https?:\/\/\S+$/i.test(value)) return null;
  return URL.canParse(value) ? new URL(value) : null;
}

/** A cron expression that fires again and again. */
export function cron(): Check<string> {
  return z.string().refine((expression) => {
    // The scheduler's library takes a blank for "each minute".
    if (expression.trim() === '') return false;
    // The scheduler itself judges: it answers null for what it cannot read, and for what never fires.
    const job = scheduleJob(expression, () => undefined) as ReturnType<typeof scheduleJob> | null;
    if (job === null) return false;
    // It takes dates as well. A date has no run after its next one.
    job.cancelNext(true);
    const recurs = job.nextInvocation() !== null;
    job.cancel();
    return recurs;
  }, 'must be a cron expression, for example 0 * * * *, not a date');
}
