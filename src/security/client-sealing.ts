import { LRUCache } from 'lru-cache';
import type { Sealed } from '../domain/event.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { KeyMissingError, type Sealing } from './sealing.js';
import type { UserKeys } from './user-keys.js';

/** A client as events and views show it: address and agent, each null if unknown. */
export interface ClientInfo {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** What became of sealing where the request must go on without the keys. `destroyed`: the user's key is gone for good. */
export type ClientSealResult =
  { readonly outcome: 'sealed'; readonly sealed: Sealed | null } | { readonly outcome: 'destroyed' };

const REMEMBERED_CLIENTS = 20_000;

/** Seals address and agent of clients, as one value. */
export class ClientSealing {
  readonly #sealing: Sealing;
  readonly #userKeys: Pick<UserKeys, 'get'>;
  // A device looks the same at each of its refreshes, and encrypting that once more would hide nothing more.
  readonly #remembered = new LRUCache<string, Sealed>({ max: REMEMBERED_CLIENTS });

  constructor(sealing: Sealing, userKeys: Pick<UserKeys, 'get'>) {
    this.#sealing = sealing;
    this.#userKeys = userKeys;
  }

  /** Rejects as sealing does. */
  async seal(userId: string, { ip, userAgent }: ClientInfo): Promise<Sealed> {
    const client = JSON.stringify({ ip, userAgent });
    // What is remembered must not outlive the user's key.
    if ((await this.#userKeys.get(userId)) === null) throw new KeyMissingError('the user has no key');
    const remembered = this.#remembered.get(userId + client);
    if (remembered !== undefined) return remembered;
    const sealed = await this.#sealing.seal(userId, 'client', client);
    this.#remembered.set(userId + client, sealed);
    return sealed;
  }

  /**
   * For a refresh, which goes on while the keys cannot be reached: it then records address and agent as unknown, never in the
   * clear. A destroyed key refuses the refresh.
   */
  async sealIfPossible(userId: string, client: ClientInfo): Promise<ClientSealResult> {
    try {
      return { outcome: 'sealed', sealed: await this.seal(userId, client) };
    } catch (error) {
      if (error instanceof StoreUnavailableError) return { outcome: 'sealed', sealed: null };
      if (error instanceof KeyMissingError) return { outcome: 'destroyed' };
      throw error;
    }
  }

  /** As it was sealed; both null if it could not be sealed then, or the user's key is gone. Rejects as opening does. */
  async open(userId: string, sealed: Sealed | null): Promise<ClientInfo> {
    const opened = sealed === null ? null : await this.#sealing.open(userId, 'client', sealed);
    return opened === null ? { ip: null, userAgent: null } : (JSON.parse(opened) as ClientInfo);
  }
}
