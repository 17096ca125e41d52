import { ConfigError } from '../config/errors.js';
import { ConnectionStringError } from '../domain/unavailable.js';

/** Opens what a variable names. Throws `ConfigError`, with the name of the variable, for a connection string that cannot be used. */
export function configured<T>(name: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw error instanceof ConnectionStringError ? new ConfigError(`${name} ${error.problem}.`) : error;
  }
}
