import type { KeyObject } from 'node:crypto';
import type { Sealed } from '../domain/event.js';
import { sealUnder, type Sealing } from './sealing.js';
import type { UserKeys } from './user-keys.js';

/** A client as events and views show it: IP and agent, each null if unknown. */
export interface ClientInfo {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/**
 * What became of sealing where the request must go on without the keys, and the user's key, null while it cannot be reached. `destroyed`:
 * that key is gone for good. `key_missing`: it should be there and is not.
 */
export type ClientSealResult =
  | { readonly outcome: 'sealed'; readonly sealed: Sealed; readonly key: KeyObject }
  | { readonly outcome: 'sealed'; readonly sealed: null; readonly key: null }
  | { readonly outcome: 'destroyed' | 'key_missing' };

/** Seals IP and agent of clients, as one value. */
export class ClientSealing {
  readonly #sealing: Sealing;
  readonly #userKeys: Pick<UserKeys, 'find'>;

  constructor(sealing: Sealing, userKeys: Pick<UserKeys, 'find'>) {
    this.#sealing = sealing;
    this.#userKeys = userKeys;
  }

  /** Rejects as sealing does. */
  async seal(userId: string, client: ClientInfo): Promise<Sealed> {
    return this.#sealing.seal(userId, 'client', textOf(client));
  }

  /**
   * For a refresh, which goes on while the keys cannot be reached: it then records IP and agent as unknown, never in the
   * clear. A destroyed key refuses the refresh.
   */
  async sealIfPossible(userId: string, client: ClientInfo): Promise<ClientSealResult> {
    const found = await this.#userKeys.find(userId);
    if (found.state === 'destroyed') return { outcome: 'destroyed' };
    if (found.state === 'missing') return { outcome: 'key_missing' };
    if (found.state !== 'available') return { outcome: 'sealed', sealed: null, key: null };
    const { key } = found;
    return { outcome: 'sealed', sealed: sealUnder(key, { userId, field: 'client' }, textOf(client)), key };
  }

  /** As it was sealed; both null if it could not be sealed then, or the user's key is gone. Rejects as opening does. */
  async open(userId: string, sealed: Sealed | null): Promise<ClientInfo> {
    const opened = sealed === null ? null : await this.#sealing.open(userId, 'client', sealed);
    return opened === null ? { ip: null, userAgent: null } : (JSON.parse(opened) as ClientInfo);
  }
}

function textOf({ ip, userAgent }: ClientInfo): string {
  return JSON.stringify({ ip, userAgent });
}
