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

  it('can only be read', async () => {
    writeFileSync(path.join(app.publicFolder, 'index.html'), '<h1>Home</h1>');
    writeFileSync(path.join(app.publicFolder, 'reset.html'), '<h1>Reset</h1>');
    for (const target of ['/', '/reset', '/reset.html'])
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const answer = await app.api.request(target, { method });
        const { code } = answer.body;
        expect([answer.status, code, answer.headers.get('allow')]).toEqual([
          405,
          'method_not_allowed',
          'GET, HEAD, OPTIONS',
        ]);
      }
    const options = await app.api.request('/reset', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
    for (const target of ['/nothing', '/%', '/%00', '/..%2f..%2fpackage.json', '/reset/'])
      expect([target, (await app.api.request(target, { method: 'POST' })).status]).toEqual([target, 404]);
  });
});
