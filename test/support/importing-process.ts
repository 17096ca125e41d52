/** A program: imports an export into the data folder that it is given, and kills itself in the middle. */
import { importExport } from '../../src/compose/import-export.js';
import { readToolConfig } from '../../src/config.js';

const [dataDir, keysFile, file] = process.argv.slice(2);
await importExport(readToolConfig({ DATA_DIR: dataDir!, KEYS_FILE: keysFile! }), file!, {
  actor: 'operator:ops',
  onProgress: (events, share) => {
    process.stdout.write(`${events} events\n`);
    if (share < 1) process.kill(process.pid, 'SIGKILL');
  },
});
