import { StoreUnavailableError } from '../domain/unavailable.js';
import { clientTag } from './client-tag.js';
import type { ClientInfo } from './client-sealing.js';
import { networkOf, parseNetworkAddress } from './network-address.js';
import type { UserKeys } from './user-keys.js';

/** What distinguishes two refreshes of one family where no attempt key does: a tag over agent and network. */
export class ClientTags {
  readonly #userKeys: Pick<UserKeys, 'get'>;

  constructor(userKeys: Pick<UserKeys, 'get'>) {
    this.#userKeys = userKeys;
  }

  /** Null while the user's key cannot be had: an unknown tag equals any. */
  async tagOf(
    { userId, sid }: { readonly userId: string; readonly sid: string },
    { ip, userAgent }: ClientInfo,
  ): Promise<string | null> {
    try {
      const key = await this.#userKeys.get(userId);
      return key && clientTag(key, sid, { userAgent, network: networkText(ip) });
    } catch (error) {
      if (error instanceof StoreUnavailableError) return null;
      throw error;
    }
  }
}

/** One IPv6 client has a /64 to itself and changes its address within it. */
function networkText(ip: string | null): string | null {
  const address = parseNetworkAddress(ip);
  return address && networkOf(address, 32, 64);
}
