import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.js';
import { dataFiles } from '../config/data-files.js';
import { ConfigError } from '../config/errors.js';
import { OperatorRefusedError } from '../operator/errors.js';
import type { KeyFile } from '../security/key-file-shape.js';
import { KeyFileError, readKeyFile } from '../security/key-file.js';

type Place = Pick<Config, 'keysFile' | 'dataDir'>;

const INIT = 'make that of a new installation with `npx tokenledger keys init`';

/**
 * Reads the key file of a configuration. Rejects with `ConfigError` if KEYS_FILE names a file that cannot be used, else with
 * `KeyFileError`, or with `OperatorRefusedError` where there is no installation.
 */
export async function readOwnKeyFile(config: Place): Promise<KeyFile> {
  const { keys: file, log } = dataFiles(config);
  try {
    return await readKeyFile(file);
  } catch (error) {
    if (config.keysFile === null && isMissing(error) && !existsSync(log))
      throw new OperatorRefusedError(
        `there is no installation in DATA_DIR ${path.resolve(config.dataDir)}: check its path, or ${INIT}`,
      );
    throw keyFileProblem(error, config);
  }
}

/** The error of a key file with the variable that names it and what to do; any other error as it is. */
export function keyFileProblem(error: unknown, { keysFile, dataDir }: Place): unknown {
  if (!(error instanceof KeyFileError)) return error;
  const { reason, missing } = error;
  if (keysFile !== null) {
    const advice = missing ? `correct the path, or ${INIT}` : 'KEYS_FILE must name the key file of this installation';
    return new ConfigError(`KEYS_FILE ${path.resolve(keysFile)}: ${reason}; ${advice}.`);
  }
  if (!missing) return error;
  const file = dataFiles({ keysFile, dataDir }).keys;
  return new KeyFileError(file, `${reason}, and the data beside it needs its keys: put them back from a backup`, {
    missing,
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof KeyFileError && error.missing;
}
