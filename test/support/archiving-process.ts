/** A program: archives in the data folder that it is given, and kills itself once a step is done. */
import { openInstallation } from '../../src/compose/open-installation.js';
import { readToolConfig } from '../../src/config.js';

const [dataDir, before, killAt] = process.argv.slice(2);
const installation = openInstallation(readToolConfig({ DATA_DIR: dataDir!, RETENTION_DAYS: '10000' }));
await installation.archives.archive({
  ...{ before: Number(before), out: null, shrink: false, actor: 'operator:ops', onProgress: () => undefined },
  onStep: (step) => {
    process.stdout.write(`${step}\n`);
    if (step === killAt) process.kill(process.pid, 'SIGKILL');
    return Promise.resolve();
  },
});
await installation.close();
