import type { Sealed } from '../domain/event.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { KeyMissingError, type Sealing } from './sealing.js';

/** The address and agent of a client, each null if unknown. */
export interface ClientInfo {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** What became of sealing where the request must go on without the keys. `destroyed`: the user's key is gone for good. */
export type ClientSealResult =
  { readonly outcome: 'sealed'; readonly sealed: Sealed | null } | { readonly outcome: 'destroyed' };

/** Seals address and agent as one value. */
export class ClientSealing {
  readonly #sealing: Sealing;

  constructor(sealing: Sealing) {
    this.#sealing = sealing;
  }

  /** Rejects as sealing does. */
  async seal(userId: string, { ip, userAgent }: ClientInfo): Promise<Sealed> {
    return this.#sealing.seal(userId, 'client', JSON.stringify({ ip, userAgent }));
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
