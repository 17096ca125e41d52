import { passwordLength } from '../security/passwords.js';
import { Problem } from './problem.js';

/**
 * Checks a new password against the length that this installation asks for, which may be more than the schema does. Throws `Problem`
 * 422 that names the field.
 */
export function checkPasswordLength(password: string, minLength: number, path: string): void {
  if (passwordLength(password) < minLength)
    throw new Problem('validation_failed', { errors: [{ path, message: `must have at least ${minLength} characters` }] });
}
