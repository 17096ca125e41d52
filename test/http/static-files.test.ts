import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startFake, type FakeApp } from '../support/fake-http.js';

let app: FakeApp;
beforeEach(async () => {
  app = await startFake();
});
afterEach(() => app.close());

describe('files of the pages', () => {
  it.each([
    ['auth.d.ts', 'text/plain; charset=utf-8'],
    ['auth.js', 'text/javascript; charset=utf-8'],
  ])('%s is %s', async (name, type) => {
    mkdirSync(path.join(app.publicFolder, 'js'));
    writeFileSync(path.join(app.publicFolder, 'js', name), 'export {};\n');
    const answer = await app.api.request(`/js/${name}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
  });
});
