import type { Config } from '../config.js';
import { dataFiles } from '../config/data-files.js';

/** Whether a process works on the embedded stores of a data folder. Where all stores are servers, nothing here says so. */
export async function isServed(config: Pick<Config, 'dataDir' | 'keysFile'>): Promise<boolean> {
  const { isHeldByAnother } = await import('../adapters/sqlite/process-lock.js');
  const { log, readModel, userKeys } = dataFiles(config);
  return [log, readModel, userKeys].some(isHeldByAnother);
}
