import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDERS = ['src', 'projections', 'scripts', 'public'];
const run = promisify(execFile);
const { forbidden } = createRequire(import.meta.url)('../../../.dependency-cruiser.cjs') as {
  readonly forbidden: readonly { readonly name: string }[];
};
const rules = forbidden.map(({ name }) => name);

/**
 * What the check says of a copy of the sources with these files planted in it, and with these added to files that are there: the exit
 * code and the output.
 */
async function check(
  planted: Readonly<Record<string, string>>,
  added: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  const copy = temporaryFolder();
  try {
    for (const name of [...FOLDERS, '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
      cpSync(path.join(ROOT, name), path.join(copy.path, name), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy.path, 'node_modules'));
    for (const [name, text] of Object.entries({ 'test/empty.ts': 'export {};\n', ...planted })) {
      mkdirSync(path.dirname(path.join(copy.path, name)), { recursive: true });
      writeFileSync(path.join(copy.path, name), text);
    }
    for (const [name, text] of Object.entries(added)) appendFileSync(path.join(copy.path, name), text);
    const depcruise = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [depcruise, ...FOLDERS, 'test', '--config', '.dependency-cruiser.cjs'];
    const { stdout } = await run(process.execPath, args, { cwd: copy.path });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, output: stdout };
  } finally {
    copy.remove();
  }
}

describe('the import rules', () => {
  it('hold, and let who chooses an adapter load it then and know its types', async () => {
    const chosen = {
      'src/compose/planted-chosen.ts': "export const x = import('../adapters/mongodb/mongo-connection.js');\n",
      'src/compose/planted-type.ts': "export type { MongoConnection } from '../adapters/mongodb/mongo-connection.js';\n",
    };
    expect(await check(chosen)).toMatchObject({ code: 0 });
  });

  it('catch each violation that is planted', async () => {
    const planted: Record<string, string> = {
      'src/domain/planted-io.ts': "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
      'src/domain/planted-library.ts': "export { z } from 'zod';\n",
      'src/domain/planted-port.ts': "export * from '../event-store/event-store.js';\n",
      'src/http/planted-driver.ts': "export { default } from 'libsql';\n",
      'src/event-store/planted-driver.ts': "export { MongoClient } from 'mongodb';\n",
      'src/http/planted-adapter.ts': "export * from '../adapters/sqlite/event-store/embedded-event-store.js';\n",
      'src/http/planted-processor.ts': "export * from '../processors/projector.js';\n",
      'src/queries/planted-commands.ts': "export * from '../commands/create-commands.js';\n",
      'src/commands/planted-queries.ts': "export * from '../queries/queries.js';\n",
      'src/commands/planted-read.ts': "export * from '../../projections/collections.js';\n",
      'src/processors/planted-http.ts': "export * from '../http/app.js';\n",
      'src/processors/planted-adapter.ts': "export * from '../adapters/mongodb/mongo-connection.js';\n",
      'src/event-store/planted-security.ts': "export * from '../security/keyring.js';\n",
      'src/read-model/planted-log.ts': "export * from '../event-store/event-store.js';\n",
      'src/key-store/planted-security.ts': "export * from '../security/keyring.js';\n",
      'src/security/planted-commands.ts': "export * from '../commands/create-commands.js';\n",
      'src/audit/planted-processor.ts': "export * from '../processors/projector.js';\n",
      'src/adapters/sqlite/planted-neighbour.ts': "export * from '../mongodb/mongo-connection.js';\n",
      'src/adapters/mongodb/planted-reducers.ts': "export * from '../../../projections/collections.js';\n",
      'projections/planted-commands.ts': "export * from '../src/commands/create-commands.js';\n",
      'projections/planted-io.ts': "export { readFile } from 'node:fs/promises';\n",
      'scripts/planted-driver.ts': "export { MongoClient } from 'mongodb';\n",
      'scripts/planted-http.ts': "export * from '../src/http/app.js';\n",
      'scripts/planted-adapter.ts': "export const x = import('../src/adapters/sqlite/sqlite-file.js');\n",
      'src/operator/planted-compose.ts': "export * from '../compose/stores.js';\n",
      'src/operator/planted-adapter.ts': "export * from '../adapters/files/erased-list.js';\n",
      'src/operator/planted-http.ts': "export * from '../http/app.js';\n",
      'src/config/planted-compose.ts': "export * from '../compose/stores.js';\n",
      'src/config/planted-port.ts': "export * from '../event-store/event-store.js';\n",
      'src/compose/planted-script.ts': "export * from '../../scripts/registry.js';\n",
      'src/compose/planted-main.ts': "export * from '../main.js';\n",
      'src/compose/planted-adapter.ts': "export * from '../adapters/mongodb/mongo-connection.js';\n",
      'src/commands/planted-tracer.ts': "export { trace } from '@opentelemetry/api';\n",
      'src/telemetry/planted-commands.ts': "export * from '../commands/create-commands.js';\n",
      'src/planted-test.ts': "export * from '../test/empty.js';\n",
      'src/planted-development.ts': "export * from 'fast-check';\n",
      'src/planted-nowhere.ts': "export * from './nowhere.js';\n",
      'src/cellar/planted-room.ts': "export * from '../domain/event.js';\n",
      'public/js/planted-server.js': "export * from '../../src/domain/event.js';\n",
      'public/js/planted-package.js': "export * from 'jose';\n",
    };
    // A cycle is reported once, whichever of its files it is found in.
    const cycle = {
      'src/http/cycle-one.ts': "export * from './cycle-other.js';\nexport const one = 1;\n",
      'src/http/cycle-other.ts': "export * from './cycle-one.js';\nexport const other = 2;\n",
    };
    // Main is one file.
    const main = { 'src/main.ts': "export * from './commands/create-commands.js';\n" };
    const { code, output } = await check({ ...planted, ...cycle }, main);
    expect(code).not.toBe(0);
    const violations = Array.from(output.matchAll(/^ *error (?<rule>.+?): (?<file>\S+)/gm), ({ groups }) => groups);
    const files = violations.map((groups) => groups?.file);
    expect([...Object.keys(planted), 'src/main.ts'].filter((file) => !files.includes(file))).toEqual([]);
    const broken = violations.map((groups) => groups?.rule);
    expect(rules.filter((rule) => !broken.includes(rule))).toEqual([]);
  });
});
