import { ConfigError } from '../src/config.js';
import { StoreUnavailableError } from '../src/domain/unavailable.js';
import { KeyFileError } from '../src/security/key-file.js';
import { SqliteOpenError } from '../src/adapters/sqlite/errors.js';

/** Wrong use of a script: told together with how to use it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked cannot be done here: told in a sentence. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/**
 * Runs a script and sets the exit code: what it resolves to; 2 if it was called wrongly or set up wrongly; 1 if it failed. What
 * is foreseen is told in a sentence.
 */
export async function runScript(usage: string, script: () => Promise<number>): Promise<void> {
  if (process.argv.slice(2).includes('--help')) {
    console.log(usage);
    return;
  }
  try {
    process.exitCode = await script();
  } catch (error) {
    process.exitCode = tell(error, usage);
  }
}

function tell(error: unknown, usage: string): number {
  if (isUsage(error)) {
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (error instanceof ConfigError) {
    console.error(error.message);
    return 2;
  }
  const foreseen = [RefusedError, KeyFileError, SqliteOpenError, StoreUnavailableError].some(
    (kind) => error instanceof kind,
  );
  console.error(foreseen ? (error as Error).message : error);
  return 1;
}

/** `parseArgs` throws a TypeError with a code of its own. */
function isUsage(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
