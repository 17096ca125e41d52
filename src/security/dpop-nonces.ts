import { createHmac, type KeyObject } from 'node:crypto';
import type { Instant } from '../domain/instant.js';

const SLOT_MS = 2 * 60_000;
const NONCE_BYTES = 16;

/**
 * Nonces for proofs of possession (RFC 9449 §8), without memory: each is an HMAC of the present slot of two minutes. So every
 * instance takes the nonces of every other one, and of itself before a restart. All clients get the same nonce: what it has to be is
 * not known before its time.
 */
export class DpopNonces {
  readonly #key: () => KeyObject;
  readonly #now: () => Instant;

  /** The nonces are made under a key that is derived from `key`, a secret that all instances have. */
  constructor({ key, now }: { readonly key: () => KeyObject; readonly now: () => Instant }) {
    this.#key = key;
    this.#now = now;
  }

  /** The nonce to give out now: 22 characters of base64url. It is taken for two minutes at least and for four at most. */
  current(): string {
    return this.#ofSlot(this.#slot());
  }

  /** Whether a nonce is of this slot or of the one before; or of the next one, which another instance's clock may have reached. */
  isGood(nonce: unknown): boolean {
    const slot = this.#slot();
    return [slot, slot - 1, slot + 1].some((one) => this.#ofSlot(one) === nonce);
  }

  #slot(): number {
    return Math.floor(this.#now() / SLOT_MS);
  }

  #ofSlot(slot: number): string {
    const key = createHmac('sha256', this.#key()).update('tokenledger dpop nonce').digest();
    return createHmac('sha256', key).update(String(slot)).digest().subarray(0, NONCE_BYTES).toString('base64url');
  }
}
