/** The example of docs/OPERATIONS.md, as an operator would run it; only what it sends to is a file here. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiClient } from '../support/api-client.js';
import { freshCredentials } from '../support/running-app.js';
import { startServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const EXPORTER = '@opentelemetry/exporter-trace-otlp-http';
// As exporters are: called with spans, and done once it calls back.
const FILE_EXPORTER = `
import { appendFileSync } from 'node:fs';
export class OTLPTraceExporter {
  export(spans, done) {
    for (const { name, resource } of spans)
      appendFileSync(process.env.SPANS_FILE, name + ' of ' + resource.attributes['service.name'] + '\\n');
    done({ code: 0 });
  }
  shutdown() { return Promise.resolve(); }
}`;

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** The example's file, with the packages that it imports beside it. */
function writeExample(): string {
  const [, example] = /```js\n(\/\/ otel\.mjs\n.*?)```/s.exec(readFileSync(path.join(ROOT, 'docs/OPERATIONS.md'), 'utf8'))!;
  const modules = path.join(folder.path, 'node_modules');
  mkdirSync(path.join(modules, EXPORTER), { recursive: true });
  writeFileSync(path.join(modules, EXPORTER, 'package.json'), '{"type":"module","exports":"./index.js"}');
  writeFileSync(path.join(modules, EXPORTER, 'index.js'), FILE_EXPORTER);
  const packages = [...example!.matchAll(/from '([^']+)'/g)].map(([, name]) => name!).filter((name) => name !== EXPORTER);
  expect(packages.length).toBeGreaterThan(3);
  for (const name of packages) symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  const file = path.join(folder.path, 'otel.mjs');
  writeFileSync(file, example!);
  return file;
}

describe('the example of an SDK', () => {
  it('has spans of the server sent, the last of them when it ends', async () => {
    const spans = path.join(folder.path, 'spans.txt');
    const options = { NODE_OPTIONS: `--import=${writeExample()}`, SPANS_FILE: spans };
    const server = await startServerProcess({ DATA_DIR: path.join(folder.path, 'data'), ...options });
    await new ApiClient(server.url).signedIn(freshCredentials());
    expect(await server.end('SIGTERM')).toBe(0);
    expect(existsSync(spans)).toBe(true);
    const sent = readFileSync(spans, 'utf8').split('\n');
    for (const name of ['command RegisterUser', 'command IssueToken', 'append', 'processor projector'])
      expect(sent).toContain(`${name} of tokenledger`);
  });
});
