import path from 'node:path';
import type { Config } from '../config.js';

/** Where the embedded stores of an installation lie. */
export interface StoreFiles {
  /** The log, and the read model unless MongoDB holds that. */
  readonly log: string;
  /** The read model of a log that is in an EventStoreDB: it must not be taken for that of an embedded log. */
  readonly readModel: string;
  readonly userKeys: string;
  /** The hashes of the tree over the log: all of it can be made again. */
  readonly leafHashes: string;
}

/** The stores, and the keys. */
export interface DataFiles extends StoreFiles {
  /** The key file, as configured or beside the stores. */
  readonly keys: string;
}

/** Where the ids of erased users are listed: beside the key file, which a restore of the data does not replace. Null: MongoDB remembers them. */
export function erasedListFile(config: Pick<Config, 'dataDir' | 'keysFile' | 'mongoUrl'>): string | null {
  return config.mongoUrl === null ? `${dataFiles(config).keys}.erased` : null;
}

/** Where archives lie unless ARCHIVE_DIR says otherwise. */
export function archivesOf(dataDir: string): string {
  return path.join(dataDir, 'archives');
}

/** The stores' files in a data folder. They need not exist. */
export function storeFiles(dataDir: string): StoreFiles {
  return {
    log: path.join(dataDir, 'tokenledger.db'),
    readModel: path.join(dataDir, 'read-model.db'),
    userKeys: path.join(dataDir, 'user-keys.db'),
    leafHashes: path.join(dataDir, 'leaf-hashes.db'),
  };
}

/** The files of an installation. They need not exist. */
export function dataFiles({ dataDir, keysFile }: Pick<Config, 'dataDir' | 'keysFile'>): DataFiles {
  return { ...storeFiles(dataDir), keys: keysFile ?? path.join(dataDir, 'keys.json') };
}
