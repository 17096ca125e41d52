/** An import in a process that is killed in the middle: nobody takes the log for whole. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { importExport } from '../../src/compose/import-export.js';
import { openInstallation } from '../../src/compose/open-installation.js';
import { readToolConfig } from '../../src/config.js';
import { startChild } from '../support/child-process.js';
import { freshDevice, issued, rotated } from '../support/event-log/some-family.js';
import { startApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

// More than the embedded log takes at once.
const DEVICES = 450;
// The sessions all have one id, about which the projector complains.
const log = pino({ level: 'silent' });

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

const within = (name: string): string => path.join(folder.path, name);
const environmentOf = (name: string): { DATA_DIR: string; KEYS_FILE: string } => ({
  DATA_DIR: within(name),
  KEYS_FILE: path.join(within('source'), 'keys.json'),
});

/** An export of a new installation, in a file; resolves to how many events it holds. */
async function exported(): Promise<number> {
  const app = await startApp({ folder: within('source'), log });
  try {
    const { eventLog, operator } = app.application;
    const devices = Array.from({ length: DEVICES }, freshDevice);
    await Promise.all(devices.map((device) => eventLog.append(device, [issued(), rotated(1)], 'no_stream')));
    const lines: string[] = [];
    for await (const line of operator.proofs.export({ from: null, to: null }, 'jsonl')) lines.push(JSON.stringify(line));
    writeFileSync(within('export.jsonl'), lines.join('\n'));
    return lines.length;
  } finally {
    await app.close();
  }
}

it('G17: killed in the middle, it leaves a log on which no server starts until an operator says how to go on', async () => {
  const events = await exported();
  const { DATA_DIR, KEYS_FILE } = environmentOf('target');
  const program = new URL('../support/importing-process.js', import.meta.url);
  const child = startChild(program, DATA_DIR, KEYS_FILE, within('export.jsonl'));
  await child.ended;
  const done = Number(/^(\d+) events/.exec(child.output())?.[1]);
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(events);

  const start = (): ReturnType<typeof startApp> => startApp({ folder: DATA_DIR, env: environmentOf('target'), log });
  await expect(start()).rejects.toThrow(/import into this log was interrupted.*`tokenledger log restored --yes`/);

  const installation = openInstallation(readToolConfig(environmentOf('target')));
  await installation.markRestored({ refuseOlder: false, actor: 'operator:ops' });
  await installation.close();
  await (await start()).close();
});

it('that is finished leaves a log on which a server starts', async () => {
  const events = await exported();
  const config = readToolConfig(environmentOf('target'));
  const report = await importExport(config, within('export.jsonl'), { actor: 'operator:ops' });
  expect(report.events).toBe(events);
  const app = await startApp({ folder: within('target'), env: environmentOf('target'), log });
  expect(app.application.eventLog.histories).toHaveLength(2);
  await app.close();
});
