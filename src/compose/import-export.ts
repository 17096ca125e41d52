import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { messageOf } from '../domain/message-of.js';
import { importLog, NotImportableError } from '../audit/import-log.js';
import { openStores } from './stores.js';
import type { Config } from '../config.js';
import { dataFiles } from '../config/data-files.js';
import { prepareDataDir } from '../config/data-dir.js';
import type { Actor } from '../domain/event.js';
import type { KeyFile } from '../security/key-file-shape.js';
import { KeyFileError, readKeyFile } from '../security/key-file.js';
import { Keyring } from '../security/keyring.js';
import { IMPORT_UNDER_WAY } from '../key-store/high-water-mark.js';
import { OperatorRefusedError } from '../operator/errors.js';
import { openInstallation } from './open-installation.js';

/** What an import did. */
export interface ImportReport {
  readonly events: number;
  /** The history that the log goes on with. */
  readonly history_id: string;
}

// The writer of an embedded log commits what it is handed in the order in which it is handed it.
const AT_ONCE_EMBEDDED = 200;

/**
 * Appends an export to the empty log of a configuration; resolves to how many events it holds. The log must be marked as restored
 * afterwards: by the high-water mark that is set first, no server starts on it until then. Rejects as `importExport` does.
 */
export async function appendExport(
  config: Config,
  file: string,
  onProgress?: (events: number, share: number) => void,
): Promise<number> {
  await checkReadable(file);
  const keyring = Keyring.from(await keysOfExport(config));
  const stores = await openStores(config);
  try {
    return await importLog({
      ...{ store: stores.logStore, prefix: config.streamPrefix, keys: keyring.integrity },
      lines: () => createInterface({ input: createReadStream(file) }),
      atOnce: stores.logIsEmbedded ? AT_ONCE_EMBEDDED : 1,
      onChecked: ({ position, id: eventId }) =>
        stores.highWaterMark.write({ position, eventId, historyId: IMPORT_UNDER_WAY }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } catch (error) {
    throw error instanceof NotImportableError ? new OperatorRefusedError(`${file}: ${error.message}`) : error;
  } finally {
    await stores.close();
  }
}

/**
 * Imports an export into the empty log of a configuration, sets the high-water mark and appends `LogRestored` (G17). The key file must be
 * that of the exported log. Rejects with `OperatorRefusedError`, `KeyFileError` and as the stores do.
 */
export async function importExport(
  config: Config,
  file: string,
  options: { readonly actor: Actor; readonly onProgress?: (events: number, share: number) => void },
): Promise<ImportReport> {
  prepareDataDir(config.dataDir);
  const events = await appendExport(config, file, options.onProgress);
  const installation = openInstallation(config);
  try {
    const { historyId } = await installation.markRestored({ refuseOlder: false, actor: options.actor });
    return { events, history_id: historyId };
  } finally {
    await installation.close();
  }
}

/** Rejects with `KeyFileError`, or with `OperatorRefusedError` that says which file is wanted. */
async function keysOfExport(config: Config): Promise<KeyFile> {
  const file = dataFiles(config).keys;
  try {
    return await readKeyFile(file);
  } catch (error) {
    if (!(error instanceof KeyFileError && error.missing)) throw error;
    throw new OperatorRefusedError(
      `there is no key file ${path.resolve(file)}: put that of the exported log there (a backup has it in its folder keys), or name it by KEYS_FILE`,
    );
  }
}

/** Before anything is opened: the lines are read by a stream, which has nobody who would hear of its failure. */
async function checkReadable(file: string): Promise<void> {
  try {
    const handle = await open(file);
    const found = await handle.stat().finally(() => handle.close());
    if (!found.isFile()) throw new Error('it is no file');
  } catch (error) {
    throw new OperatorRefusedError(`${file} cannot be read: ${messageOf(error)}`);
  }
}
