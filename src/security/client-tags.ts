import type { KeyObject } from 'node:crypto';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { growingCache } from '../event-store/growing-cache.js';
import { clientTag } from './client-tag.js';
import type { ClientInfo } from './client-sealing.js';
import { networkOf, parseNetworkAddress } from './network-address.js';
import type { UserKeys } from './user-keys.js';

// As many as users whose keys are remembered. A client refreshes again and again, from the same agent and mostly from the same address.
const MAX_KEPT = 10_000;

interface Kept {
  readonly key: KeyObject;
  readonly client: ClientInfo;
  readonly tag: string;
}

/** What distinguishes two refreshes of one family where no attempt key does: a tag over agent and network. */
export class ClientTags {
  readonly #userKeys: Pick<UserKeys, 'get'>;
  /** The last tag of a family, as long as its user's key is remembered. */
  readonly #kept = growingCache<Kept>(MAX_KEPT);

  constructor(userKeys: Pick<UserKeys, 'get'>) {
    this.#userKeys = userKeys;
  }

  /** Null while the user's key cannot be had: an unknown tag equals any. */
  async tagOf(
    { userId, sid }: { readonly userId: string; readonly sid: string },
    client: ClientInfo,
  ): Promise<string | null> {
    try {
      const key = await this.#userKeys.get(userId);
      return key && this.tagUnder(key, sid, client);
    } catch (error) {
      if (error instanceof StoreUnavailableError) return null;
      throw error;
    }
  }

  /** Under the user's key that was found before. */
  tagUnder(key: KeyObject, sid: string, client: ClientInfo): string {
    const { ip, userAgent } = client;
    const kept = this.#kept.get(sid);
    if (kept?.key === key && kept.client.ip === ip && kept.client.userAgent === userAgent) return kept.tag;
    const tag = clientTag(key, sid, { userAgent, network: networkText(ip) });
    this.#kept.set(sid, { key, client: { ip, userAgent }, tag });
    return tag;
  }
}

/** One IPv6 client has a /64 to itself and changes its address within it. */
function networkText(ip: string | null): string | null {
  const address = parseNetworkAddress(ip);
  return address && networkOf(address, 32, 64);
}
