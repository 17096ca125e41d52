import { parseInstant } from '../../src/domain/parse-instant.js';
import { UsageError } from '../cli/errors.js';

/** An instant of an option, in milliseconds since 1970; null if it was not given. A date alone is its beginning in UTC. */
export function instantOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const instant = parseInstant(text);
  if (instant === null) throw new UsageError(`--${option} must be an ISO instant, for example 2026-03-01T12:00:00Z.`);
  return instant;
}

/** The options `--from` and `--to`, of which the first is not the later. */
export function periodOf(values: { readonly from?: string | undefined; readonly to?: string | undefined }): {
  readonly from: number | null;
  readonly to: number | null;
} {
  const [from, to] = [instantOf('from', values.from), instantOf('to', values.to)];
  if (from !== null && to !== null && from > to) throw new UsageError('--from must not be after --to.');
  return { from, to };
}

/** The one user that a command names, by address or id. */
export function oneUser(positionals: readonly string[]): string {
  const [user = '', ...more] = positionals;
  if (user === '' || more.length > 0) throw new UsageError('Name one user, by address or id.');
  return user;
}

/** A number of an option that is a time, as milliseconds; null if it was not given. */
export function durationOf(option: string, text: string | undefined, unitMs: number): number | null {
  if (text === undefined) return null;
  const number = text.trim() === '' ? NaN : Number(text);
  if (!(number >= 0 && number * unitMs <= 8.64e15)) throw new UsageError(`--${option} must be a number from 0.`);
  return number * unitMs;
}

/** Which streams are missing in what an audit says. */
export function destroyedWords(streams: readonly string[]): string {
  return streams
    .map((stream) => `Stream ${stream} was destroyed at the event store: what stood in it is missing here.`)
    .join('\n');
}
