import { existsSync } from 'node:fs';
import type { Config } from '../config.js';
import { dataFiles, erasedListFile } from '../config/data-files.js';
import type { KeyStore, StoredUserKey } from '../key-store/key-store.js';
import { pagesOfKeys } from '../key-store/pages-of-keys.js';
import { OperatorRefusedError } from '../operator/errors.js';
import type { UserKeysToCheck } from '../operator/restore.js';
import { readKeyFile } from '../security/key-file.js';
import { Keyring } from '../security/keyring.js';
import { openingKeys, type OpeningKeys } from '../security/opening-keys.js';
import { openStores } from './stores.js';

const PAGE = 500;

/**
 * Opens the users' keys of a restore by the key file of the configuration; resolves to how many are damaged. Rejects with
 * `OperatorRefusedError` where that file has not their master key, and as the key store and the key file do.
 */
export async function checkRestoredKeys(config: Config, { exported, keysRestored }: UserKeysToCheck): Promise<number> {
  const { masters } = Keyring.from(await readKeyFile(dataFiles(config).keys));
  const stores = await openStores(config);
  try {
    const pages = exported === null ? pagesOfKeys(stores.keyStore) : pagesInUse(stores.keyStore, exported);
    const found = await openingKeys(masters, pages);
    if (isRefused(found, keysRestored)) throw new OperatorRefusedError(sentence(config, found, keysRestored));
    return found.damaged + found.withoutMaster;
  } finally {
    await stores.close();
  }
}

/** Of exported keys those that users will have: one that is in the key store stays, and may be wrapped otherwise by now. */
export async function* pagesInUse(
  keyStore: Pick<KeyStore, 'get'>,
  exported: readonly StoredUserKey[],
): AsyncGenerator<readonly StoredUserKey[], void, undefined> {
  for (let at = 0; at < exported.length; at += PAGE) {
    const page = exported.slice(at, at + PAGE);
    const stored = await Promise.all(page.map(({ userId }) => keyStore.get(userId)));
    yield page.flatMap((key, index) => {
      const own = stored[index] ?? key.wrappedKey;
      return own === 'destroyed' ? [] : [{ userId: key.userId, wrappedKey: own }];
    });
  }
}

/** With the key file of the backup, a part that does not open is as it was when the backup was made: no other file would help. */
function isRefused({ opened, withoutMaster, damaged }: OpeningKeys, keysRestored: boolean): boolean {
  return (withoutMaster > 0 && !keysRestored) || (opened === 0 && withoutMaster + damaged > 0);
}

function sentence(config: Config, { opened, withoutMaster, damaged }: OpeningKeys, keysRestored: boolean): string {
  const file = dataFiles(config).keys;
  const which = `${withoutMaster + damaged} of ${opened + withoutMaster + damaged} users’ keys`;
  if (keysRestored)
    return `the key file of this backup opens none of the users’ keys (${which} do not open): name the key file that does by KEYS_FILE, or restore another backup`;
  const list = erasedListFile(config);
  return (
    `the key file ${file} does not open ${which}, so their users could not sign in: \`keys rewrap\` has replaced the master key since the backup, ` +
    `or it is the key file of another installation. Move ${file} elsewhere${list === null || !existsSync(list) ? '' : ` (${list} must stay)`} and restore again: the key file of the backup ` +
    'is put there then. Run `keys rewrap` after that, so that the former master key is replaced again'
  );
}
