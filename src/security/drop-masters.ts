import { StoreUnavailableError } from '../domain/unavailable.js';
import type { KeyStore } from '../key-store/key-store.js';
import { SealError } from './aes-gcm.js';
import { KeyFileRefusedError, type BeforeDropping } from './keyring.js';
import { rewrapAll } from './rewrap.js';
import type { UserKeys } from './user-keys.js';
import { hasMasterOf } from './wrapped-key.js';

export interface DroppingMasters {
  readonly keyStore: Pick<KeyStore, 'list'>;
  /** Those of this process, over its keyring. */
  readonly userKeys: Pick<UserKeys, 'created' | 'rewrap'>;
}

/**
 * Wraps the users' keys that dropped master keys still wrap by the newest one, before a process forgets them (`Keyring.reload`). A
 * process that has missed a file goes on wrapping the keys of new users by a master key that is dropped elsewhere meanwhile, and
 * then nobody else can open them. Rejects with `KeyFileRefusedError` where a key may be left.
 */
export function keepUserKeys({ keyStore, userKeys }: DroppingMasters): BeforeDropping {
  return async (dropped) => {
    // What is on its way to the store could arrive behind the place that was looked at.
    await userKeys.created();
    try {
      await rewrapAll({ keyStore, userKeys, concerns: (wrapped) => hasMasterOf(dropped, wrapped) });
    } catch (error) {
      if (!(error instanceof StoreUnavailableError || error instanceof SealError)) throw error;
      throw new KeyFileRefusedError(
        `the key file was not taken: it lacks a master key that may wrap users' keys still, and these could not be wrapped by the new one (${error.message}). Reload it again once that is repaired; until then do not restart this process, which alone may hold that master key`,
        { cause: error },
      );
    }
  };
}
