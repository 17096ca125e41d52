import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeyStore } from '../key-store/key-store.js';
import { decrypt, encrypt } from './aes-gcm.js';

const KEY_BYTES = 32;
const MOST_REMEMBERED = 10_000;
// That another instance has destroyed a key is noticed after so long.
const REMEMBERED_MS = 60_000;

/** The users' own keys, under which their personal data is sealed. Kept wrapped by the master key; the last used, unwrapped. */
export class UserKeys {
  readonly #keyStore: KeyStore;
  readonly #master: KeyObject;
  readonly #cache: LRUCache<string, KeyObject>;

  /** `rememberedMs`: how long a key is used without asking for it again. */
  constructor(options: { readonly keyStore: KeyStore; readonly master: KeyObject; readonly rememberedMs?: number }) {
    this.#keyStore = options.keyStore;
    this.#master = options.master;
    this.#cache = new LRUCache({ max: MOST_REMEMBERED, ttl: options.rememberedMs ?? REMEMBERED_MS });
  }

  /** Makes the user's key, or gives the one there is. Rejects as the key store does. */
  async create(userId: string): Promise<KeyObject> {
    const wrapped = encrypt(this.#master, randomBytes(KEY_BYTES), contextOf(userId));
    return this.#unwrap(userId, await this.#keyStore.create(userId, wrapped));
  }

  /** The user's key; null if there is none or it was destroyed. Rejects as the key store does. */
  async get(userId: string): Promise<KeyObject | null> {
    const cached = this.#cache.get(userId);
    if (cached !== undefined) return cached;
    const wrapped = await this.#keyStore.get(userId);
    return wrapped && this.#unwrap(userId, wrapped);
  }

  /** Asks for the user's key even if it is remembered. Rejects as the key store does. */
  async renew(userId: string): Promise<void> {
    this.#cache.delete(userId);
    await this.get(userId);
  }

  /** Destroys the user's key, and with it all that was sealed under it. */
  async destroy(userId: string): Promise<void> {
    this.#cache.delete(userId);
    await this.#keyStore.destroy(userId);
    // A read that was under way may have put it back.
    this.#cache.delete(userId);
  }

  #unwrap(userId: string, wrapped: Uint8Array): KeyObject {
    const key = createSecretKey(decrypt(this.#master, wrapped, contextOf(userId)));
    this.#cache.set(userId, key);
    return key;
  }
}

/** A wrapped key put in another user's place does not open. */
function contextOf(userId: string): string {
  return `user-key:${userId}`;
}
