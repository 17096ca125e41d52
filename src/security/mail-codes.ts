import { createHash, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Keyring } from './keyring.js';

const CODE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{43})$/;

/** A code as somebody sent it: whose it says it is, and its secret part. */
export interface PresentedCode {
  readonly userId: string;
  readonly secret: string;
}

/**
 * One-time codes in mails: `<user id>.<HMAC-SHA-256 of the request's event id>`. A code is derived, never stored, so a mail can be
 * sent again with the very same one; it names its user, so no index decides. The log holds its SHA-256 alone.
 */
export class MailCodes {
  readonly #keyring: Pick<Keyring, 'mailKeyAt' | 'mailKeyOf' | 'mailKids'>;
  readonly #now: () => number;

  /** `now` in milliseconds since 1970. */
  constructor(options: {
    readonly keyring: Pick<Keyring, 'mailKeyAt' | 'mailKeyOf' | 'mailKids'>;
    readonly now: () => number;
  }) {
    this.#keyring = options.keyring;
    this.#now = options.now;
  }

  /** The code of a request by its event, and its hash for the log. */
  make(userId: string, eventId: string): { readonly code: string; readonly hash: string } {
    const code = `${userId}.${secretOf(this.#keyring.mailKeyAt(this.#now()).key, eventId)}`;
    return { code, hash: codeHash(code) };
  }

  /** The code of a request that was made before: by the key whose code has that hash; null if that key is gone. */
  again(userId: string, eventId: string, hash: string): string | null {
    for (const key of this.#keys()) {
      const code = `${userId}.${secretOf(key, eventId)}`;
      if (codeHash(code) === hash) return code;
    }
    return null;
  }

  /** Whether a presented code is that of a request. `eventId` null: no request is open; the work is the same. */
  fits({ secret }: Pick<PresentedCode, 'secret'>, eventId: string | null): boolean {
    let fits = false;
    for (const key of this.#keys()) {
      const expected = Buffer.from(secretOf(key, eventId ?? 'none'));
      const given = Buffer.from(secret);
      if (expected.length === given.length && timingSafeEqual(expected, given)) fits = true;
    }
    return fits && eventId !== null;
  }

  #keys(): KeyObject[] {
    const now = this.#now();
    return this.#keyring.mailKids.flatMap((kid) => this.#keyring.mailKeyOf(kid, now) ?? []);
  }
}

/** Reads a code as it came in a request; null if it cannot be one of ours. */
export function parseCode(text: string): PresentedCode | null {
  const [, userId, secret] = CODE.exec(text.trim()) ?? [];
  return userId === undefined || secret === undefined ? null : { userId, secret };
}

function secretOf(key: KeyObject, eventId: string): string {
  return createHmac('sha256', key).update(eventId).digest('base64url');
}

function codeHash(code: string): string {
  return createHash('sha256').update(code).digest('base64url');
}
