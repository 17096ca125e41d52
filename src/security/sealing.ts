import type { KeyObject } from 'node:crypto';
import type { Sealed } from '../domain/event.js';
import { fromBase64url } from '../event-store/base64url.js';
import { decrypt, encrypt, SealError } from './aes-gcm.js';
import type { UserKeys } from './user-keys.js';

/**
 * What is sealed; a value sealed as one of them does not open as another. `client` is JSON `{ip, userAgent}`, `note` a reason as
 * a person wrote it.
 */
export type SealedField = 'client' | 'device_name' | 'email' | 'name' | 'note' | 'password_hash';

/** Nothing can be sealed for this user: there is no key, or it was destroyed. */
export class KeyMissingError extends Error {
  override readonly name = 'KeyMissingError';
}

// Names the way it was sealed, should there ever be another.
const PREFIX = 's1.';

/** Seals personal values under their user's own key (AES-256-GCM), so that they may lie in the log. */
export class Sealing {
  readonly #userKeys: Pick<UserKeys, 'get'>;

  constructor(userKeys: Pick<UserKeys, 'get'>) {
    this.#userKeys = userKeys;
  }

  /** Rejects with `KeyMissingError`, or `StoreUnavailableError` if the keys cannot be reached. */
  async seal(userId: string, field: SealedField, value: string): Promise<Sealed> {
    const key = await this.#userKeys.get(userId);
    if (key === null) throw new KeyMissingError('the user has no key');
    return sealUnder(key, { userId, field }, value);
  }

  /**
   * The value that was sealed; null if the user's key is gone. Rejects with `SealError` if it was changed or sealed for another
   * user or field, and with `StoreUnavailableError` if the keys cannot be reached.
   */
  async open(userId: string, field: SealedField, sealed: Sealed): Promise<string | null> {
    const key = await this.#userKeys.get(userId);
    if (key === null) return null;
    try {
      const bytes = sealed.startsWith(PREFIX) ? fromBase64url(sealed.slice(PREFIX.length)) : null;
      if (bytes === null) throw new SealError('not sealed');
      return decrypt(key, bytes, contextOf(userId, field)).toString();
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new SealError(
        `the ${field} of user ${userId} does not open (${error.message}): the read model or the users’ keys were changed by another ` +
          'tool; `rebuild` makes the read model again, a backup has the keys',
      );
    }
  }
}

/** Seals under the user's key that was found before: it is not looked for again, so nobody can destroy it in between. */
export function sealUnder(
  key: KeyObject,
  { userId, field }: { readonly userId: string; readonly field: SealedField },
  value: string,
): Sealed {
  return PREFIX + encrypt(key, Buffer.from(value), contextOf(userId, field)).toString('base64url');
}

function contextOf(userId: string, field: SealedField): string {
  return `${field}:${userId}`;
}
