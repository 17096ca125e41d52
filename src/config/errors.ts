/** The environment is not usable. The message says in sentences what is wrong and what to do, never a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The code of a system error (`ENOENT`), or `unknown error`. Not by `instanceof`: an error may come from another realm. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return 'unknown error';
  return String(error.code);
}
