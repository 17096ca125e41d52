import { createSecretKey, type KeyObject } from 'node:crypto';
import type { IntegrityKey, IntegrityKeys } from '../../../src/event-store/integrity.js';

/** Integrity keys for tests: each name has its own key; the newest one signs. */
export class TestKeys implements IntegrityKeys {
  readonly #keys = new Map<string, KeyObject>();
  #current = '';

  constructor(...kids: readonly [string, ...string[]]) {
    for (const kid of kids) this.add(kid);
  }

  get current(): IntegrityKey {
    return { kid: this.#current, key: this.#keys.get(this.#current)! };
  }

  of(kid: string): KeyObject | null {
    return this.#keys.get(kid) ?? null;
  }

  /** Adds a key, which signs from now on. */
  add(kid: string): void {
    this.#keys.set(kid, createSecretKey(Buffer.from(kid.padEnd(32, '.'))));
    this.#current = kid;
  }

  remove(kid: string): void {
    this.#keys.delete(kid);
  }
}
