import { z } from 'zod';
import { connectionString, text } from './checks.js';
import { optional, secret, withDefault } from './variable.js';

/** What concerns the stores and the keys. */
export const STORE_VARIABLES = {
  DATA_DIR: withDefault(text(), './data', 'The folder of the embedded stores and of generated keys.'),
  ARCHIVE_DIR: optional(
    text(),
    'The folder of the archives that `archive` makes and that history, audit and rebuild read; without it, archives in DATA_DIR.',
  ),
  KEYS_FILE: optional(
    text(),
    'The key file, mode 600; without it, keys.json in DATA_DIR, made on the first start. Required with EVENTSTORE_URL or ' +
      'MONGODB_URL.',
  ),
  EVENTSTORE_URL: secret(
    connectionString(/^esdb(\+discover)?:\/\/./, 'esdb://'),
    'EVENTSTORE_URL',
    'EventStoreDB or KurrentDB for the log, a connection string (`esdb://…`); without it the log is in DATA_DIR.',
  ),
  MONGODB_URL: secret(
    connectionString(/^mongodb(\+srv)?:\/\/./, 'mongodb://'),
    'MONGODB_URL',
    'MongoDB for the read model, leases, limits and users’ keys, a connection string (`mongodb://…`); without it they ' +
      'are in DATA_DIR.',
  ),
  STREAM_PREFIX: withDefault(
    // No hyphen: EventStoreDB takes what stands before the first one for the stream's category.
    z.string().regex(/^[A-Za-z][A-Za-z0-9_.]{0,31}$/, 'must be 1 to 32 letters, digits, _ or ., beginning with a letter'),
    'tokenledger_',
    'What every stream’s name begins with, so that an EventStoreDB can be shared. Never change it for a log in use.',
  ),
} as const;
