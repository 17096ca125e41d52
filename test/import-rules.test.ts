import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from './support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['src', 'projections', 'scripts'];
const run = promisify(execFile);

/** What the check says of a copy of the sources with these files planted in it: the exit code and the output. */
async function check(planted: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> {
  const copy = temporaryFolder();
  try {
    for (const name of [...FOLDERS, '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json'])
      cpSync(path.join(ROOT, name), path.join(copy.path, name), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy.path, 'node_modules'));
    mkdirSync(path.join(copy.path, 'test'));
    for (const [name, text] of Object.entries({ 'test/empty.ts': 'export {};\n', ...planted }))
      writeFileSync(path.join(copy.path, name), text);
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
  it('hold', async () => {
    expect(await check({})).toMatchObject({ code: 0 });
  }, 60_000);

  it('catch each violation that is planted', async () => {
    const planted: Record<string, string> = {
      'src/domain/planted-io.ts': "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
      'src/domain/planted-library.ts': "export { z } from 'zod';\n",
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
      'src/security/planted-commands.ts': "export * from '../commands/create-commands.js';\n",
      'src/adapters/sqlite/planted-neighbour.ts': "export * from '../mongodb/mongo-connection.js';\n",
      'src/adapters/mongodb/planted-reducers.ts': "export * from '../../../projections/collections.js';\n",
      'projections/planted-commands.ts': "export * from '../src/commands/create-commands.js';\n",
      'projections/planted-io.ts': "export { readFile } from 'node:fs/promises';\n",
      'scripts/planted-driver.ts': "export { MongoClient } from 'mongodb';\n",
      'scripts/planted-http.ts': "export * from '../src/http/app.js';\n",
      'src/commands/planted-tracer.ts': "export { trace } from '@opentelemetry/api';\n",
      'src/telemetry/planted-commands.ts': "export * from '../commands/create-commands.js';\n",
      'src/planted-test.ts': "export * from '../test/empty.js';\n",
      'src/planted-development.ts': "export * from 'fast-check';\n",
    };
    const { code, output } = await check(planted);
    expect(code).not.toBe(0);
    for (const name of Object.keys(planted)) expect(output).toContain(name);
  }, 60_000);
});
