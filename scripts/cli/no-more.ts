import { UsageError } from './errors.js';

/** Throws `UsageError` if something stands behind a command that takes nothing there. */
export function noMore(command: string, rest: readonly string[]): void {
  if (rest.length > 0) throw new UsageError(`${command} takes nothing more: leave out ${rest.join(' ')}.`);
}
