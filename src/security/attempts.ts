import type { FamilySnapshot } from '../domain/token-family/snapshot.js';
import { attemptOf } from './attempt.js';
import type { Keyring } from './keyring.js';

/** By which attempt a refresh token is presented. */
export class Attempts {
  readonly #keyring: Pick<Keyring, 'refreshKeyOf' | 'refreshKids'>;
  readonly #now: () => number;

  /** `now` in milliseconds since 1970. */
  constructor(options: { readonly keyring: Pick<Keyring, 'refreshKeyOf' | 'refreshKids'>; readonly now: () => number }) {
    this.#keyring = options.keyring;
    this.#now = options.now;
  }

  /**
   * The attempt of a presented token; null without a key. A key that made the presented token itself counts as none: a constant
   * key proves nothing.
   */
  presented(family: Pick<FamilySnapshot, 'attempt' | 'token'>, idempotencyKey: string | null): string | null {
    if (idempotencyKey === null) return null;
    // The former attempt stands under the key that signed the former token, which may have been another one.
    if (
      family.attempt !== null &&
      this.#keyring.refreshKids.some((kid) => this.#of(kid, idempotencyKey) === family.attempt)
    )
      return null;
    return this.#of(family.token.keyId, idempotencyKey);
  }

  #of(kid: string, idempotencyKey: string): string | null {
    const key = this.#keyring.refreshKeyOf(kid, this.#now());
    return key && attemptOf(key, idempotencyKey);
  }
}
