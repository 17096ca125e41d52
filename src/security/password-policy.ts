import { contextWordsOf } from './email-address.js';
import { passwordProblem } from './password-problem.js';

/** What new passwords must be (NIST SP 800-63B §3.1.1.2): long enough, and none that many people or this user's data suggest. */
export class PasswordPolicy {
  /** In characters. */
  readonly minLength: number;

  constructor(minLength: number) {
    this.minLength = minLength;
  }

  /** Whether a password is too common for a user; length is asked where the request is checked. */
  isTooCommon(password: string, { email, name }: { readonly email: string | null; readonly name: string | null }): boolean {
    const context = contextWordsOf(email ?? '', name);
    return passwordProblem(password, { minLength: 0, context }) === 'too_common';
  }
}
