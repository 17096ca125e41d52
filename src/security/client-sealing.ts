import { LRUCache } from 'lru-cache';
import type { Sealed } from '../domain/event.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { KeyMissingError, type Sealing } from './sealing.js';

/** Where a request came from: address and agent, each null if unknown. */
export interface Client {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

const REMEMBERED_CLIENTS = 20_000;

/** Seals where requests come from, address and agent as one value. */
export class ClientSealing {
  readonly #sealing: Sealing;
  // A device presents itself alike at each of its refreshes, and encrypting it anew each time would tell nobody less.
  readonly #remembered = new LRUCache<string, Sealed>({ max: REMEMBERED_CLIENTS });

  constructor(sealing: Sealing) {
    this.#sealing = sealing;
  }

  /** Rejects as sealing does. */
  async seal(userId: string, { ip, userAgent }: Client): Promise<Sealed> {
    const client = JSON.stringify({ ip, userAgent });
    const remembered = this.#remembered.get(userId + client);
    if (remembered !== undefined) return remembered;
    const sealed = await this.#sealing.seal(userId, 'client', client);
    this.#remembered.set(userId + client, sealed);
    return sealed;
  }

  /** For a refresh, which goes on without the keys: null, never in the clear, if they are out of reach. */
  async sealIfPossible(userId: string, client: Client): Promise<Sealed | null> {
    try {
      return await this.seal(userId, client);
    } catch (error) {
      if (error instanceof StoreUnavailableError || error instanceof KeyMissingError) return null;
      throw error;
    }
  }

  /** As it was sealed; both null if it could not be sealed then, or the user's key is gone. Rejects as opening does. */
  async open(userId: string, sealed: Sealed | null): Promise<Client> {
    const opened = sealed === null ? null : await this.#sealing.open(userId, 'client', sealed);
    return opened === null ? { ip: null, userAgent: null } : (JSON.parse(opened) as Client);
  }
}
