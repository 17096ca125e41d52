import type { KeyObject } from 'node:crypto';
import type { Instant } from '../domain/instant.js';
import {
  heldKeys,
  IntegrityKeys,
  type AccessKeyPair,
  type HeldKeys,
  type NamedKey,
  type NoteKeyPair,
  type PublicJwk,
} from './held-keys.js';
import type { KeyFile } from './key-file-shape.js';
import { checkAgainstRunning } from './key-file-successor.js';
import { signingAt, verifiesAt, type Schedule } from './key-schedule.js';
import type { Masters } from './wrapped-key.js';

/** A refresh token cannot be signed again: the key that signed it is no longer in the key file. */
export class UnknownKeyError extends Error {
  override readonly name = 'UnknownKeyError';
}

/** The key file is in order, but not that of the running server. The message holds no secret. */
export class KeyFileRefusedError extends Error {
  override readonly name = 'KeyFileRefusedError';
}

/** Makes sure that no user's key is wrapped by these master keys any more. Rejects if that cannot be done. */
export type BeforeDropping = (dropped: readonly NamedKey[]) => Promise<void>;

/**
 * The keys in use, ready to sign and verify with. Reloading takes effect for all that hold the keyring.
 */
export class Keyring {
  #keys: HeldKeys;
  // While a file that lacks some of them is being taken, and where it was refused then: its own first, and those in use.
  #masters: Masters;
  #reloading: Promise<unknown> = Promise.resolve();

  private constructor(keys: HeldKeys) {
    this.#keys = keys;
    this.#masters = keys.masters;
  }

  /** Of a key file that was read and checked. */
  static from(file: KeyFile): Keyring {
    return new Keyring(heldKeys(file));
  }

  /**
   * Takes the keys of a key file, all at once. Reloads run one after the other, reading included, so the last one asked for
   * decides. Rejects as `read` does, or with `KeyFileRefusedError` for a file that does not go with the keys in use; these stay
   * then.
   *
   * Master keys that the file has no more may wrap users' keys still, and may be known to nobody else: `beforeDropping` is called with
   * them and must leave no user's key to them, or reject. New users' keys are wrapped by the newest one of the file from there on, also
   * after a rejection.
   */
  reload(read: () => Promise<KeyFile>, beforeDropping: BeforeDropping = () => Promise.resolve()): Promise<void> {
    const reload = this.#reloading.then(async () => {
      const file = await read();
      this.check(file);
      const next = heldKeys(file);
      const dropped = this.#masters.filter(({ kid }) => next.masters.every((master) => master.kid !== kid));
      if (dropped.length > 0) {
        this.#masters = [...next.masters, ...dropped];
        await beforeDropping(dropped);
      }
      this.#keys = next;
      this.#masters = next.masters;
    });
    this.#reloading = reload.catch(() => undefined);
    return reload;
  }

  /** Throws `KeyFileRefusedError` for a key file that does not go with the keys in use. */
  check(file: KeyFile): void {
    const reason = checkAgainstRunning(file, this.#keys.file);
    if (reason !== null) throw new KeyFileRefusedError(`the key file was not taken: ${reason}`);
  }

  /** The key file in use. */
  get file(): KeyFile {
    return this.#keys.file;
  }

  /** Names the streams of e-mail addresses. */
  get lookup(): KeyObject {
    return this.#keys.lookup;
  }

  /** Makes log positions opaque. */
  get position(): KeyObject {
    return this.#keys.position;
  }

  /** The master keys, newest first. */
  get masters(): Masters {
    return this.#masters;
  }

  /** The keys that authenticate events; the object follows reloads. */
  readonly integrity = new IntegrityKeys(() => this.#keys.integrity);

  /** The key that signs new checkpoint notes. */
  get noteKey(): NoteKeyPair {
    return this.#keys.notes[0];
  }

  /** All keys that have signed checkpoint notes, newest first. */
  get noteKeys(): readonly NoteKeyPair[] {
    return this.#keys.notes;
  }

  /** The key that codes in new mails are derived from. */
  mailKeyAt(now: Instant): NamedKey {
    return signer(this.#keys.mail, now);
  }

  /** The key that a code was derived from; null if there is none any more. */
  mailKeyOf(kid: string, now: Instant): KeyObject | null {
    return verifier(this.#keys.mail, kid, now)?.key ?? null;
  }

  /** The key that signs new refresh tokens. */
  refreshKeyAt(now: Instant): NamedKey {
    return signer(this.#keys.refresh, now);
  }

  /** The key that signed a refresh token, to verify it or to make it again; null if there is none any more. */
  refreshKeyOf(kid: string, now: Instant): KeyObject | null {
    return verifier(this.#keys.refresh, kid, now)?.key ?? null;
  }

  /** The names of all keys that refresh tokens are signed with. */
  get refreshKids(): readonly string[] {
    return this.#keys.refreshKids;
  }

  /** The names of all keys that codes in mails are derived from. */
  get mailKids(): readonly string[] {
    return this.#keys.mail.map(({ kid }) => kid);
  }

  /** The key that signs access tokens. */
  accessKeyAt(now: Instant): AccessKeyPair {
    return signer(this.#keys.access, now);
  }

  /** The key by which an access token verifies; null if there is none any more. */
  accessVerifierOf(kid: string | undefined, now: Instant): Pick<AccessKeyPair, 'alg' | 'publicKey'> | null {
    return verifier(this.#keys.access, kid, now);
  }

  /** The public keys as a JWK Set (RFC 7517 §5): those that sign later are in it already, retired ones are not. */
  jwks(now: Instant): { readonly keys: readonly PublicJwk[] } {
    return { keys: this.#keys.access.filter((held) => verifiesAt(held, now)).map(({ publicJwk }) => publicJwk) };
  }
}

function signer<K extends Schedule>(keys: readonly K[], now: Instant): K {
  const key = signingAt(keys, now);
  // The check of the file leaves a key that signs and never retires.
  if (key === null) throw new UnknownKeyError('no key signs now');
  return key;
}

function verifier<K extends Schedule & { readonly kid: string }>(
  keys: readonly K[],
  kid: string | undefined,
  now: Instant,
): K | null {
  return keys.find((held) => held.kid === kid && verifiesAt(held, now)) ?? null;
}
