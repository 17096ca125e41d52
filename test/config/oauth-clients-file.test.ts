import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../../src/config.js';
import { readOAuthClients } from '../../src/config/oauth-clients-file.js';
import { OAuthClients } from '../../src/security/oauth-clients.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const HASH = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8';

let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = path.join(folder.path, 'clients.json');
});
afterEach(() => folder.remove());

function read(content: unknown): ReturnType<typeof readOAuthClients> {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readOAuthClients(file);
}

describe('the file of OAuth clients', () => {
  it('names clients with what they are', () => {
    const clients = read([
      { client_id: 'spa', origins: ['https://APP.example.com:443'] },
      { client_id: 'gateway', client_secret_hash: HASH, roles: ['resource_server'] },
    ]);
    expect(clients).toEqual([
      { clientId: 'spa', secretHash: null, roles: null, origins: ['https://app.example.com'] },
      { clientId: 'gateway', secretHash: HASH, roles: ['resource_server'], origins: [] },
    ]);
    expect(read([])).toEqual([]);
  });

  it.each([
    ['no JSON', '[{', 'is not JSON'],
    ['no list', {}, 'is not usable'],
    ['no id', [{ client_id: '' }], 'at 0.client_id'],
    ['our own id', [{ client_id: 'tokenledger' }], 'at 0.client_id'],
    ['an id twice', [{ client_id: 'a' }, { client_id: 'a' }], 'each client_id once'],
    ['a secret in the clear', [{ client_id: 'a', client_secret_hash: 'a secret' }], 'Argon2id'],
    ['a hash of another kind', [{ client_id: 'a', client_secret_hash: HASH.replace('argon2id', 'argon2i') }], 'Argon2id'],
    ['a member that is not known', [{ client_id: 'a', client_secret: 'x' }], 'client_secret'],
    ['a role that is not known', [{ client_id: 'a', client_secret_hash: HASH, roles: ['root'] }], 'at 0.roles'],
    ['a role without a secret', [{ client_id: 'a', roles: ['resource_server'] }], 'client_secret_hash'],
    ['a path for an origin', [{ client_id: 'a', origins: ['https://app.example.com/x'] }], 'at 0.origins'],
  ])('is refused with %s', (_, content, words) => {
    expect(() => read(content)).toThrow(ConfigError);
    expect(() => read(content)).toThrow(words);
    expect(() => read(content)).toThrow(file);
    expect(() => read(content)).not.toThrow('a secret');
  });

  const hashed = (parameters: string, salt = 'c29tZXNhbHRzb21lc2FsdA', output = 'Zm9vYmFyZm9vYmFy'): string =>
    `$argon2id$v=19$${parameters}$${salt}$${output}`;

  // Each of these fails at the first request, or takes the memory or the processor of the whole server. None is hashed here.
  it.each([
    ['no lane', hashed('m=19456,t=2,p=0'), 'p from 1 to 16'],
    ['no pass', hashed('m=19456,t=0,p=1'), 't from 1 to 100'],
    ['little memory', hashed('m=7,t=1,p=1'), 'm from 8'],
    ['little memory for its lanes', hashed('m=31,t=1,p=4'), 'm from 32'],
    ['more memory than 1 GiB', hashed('m=1048577,t=1,p=1'), 'to 1048576'],
    ['very much memory', hashed('m=4294967295,t=1,p=1'), 'to 1048576'],
    ['a number beyond all others', hashed(`m=${'9'.repeat(400)},t=1,p=1`), 'to 1048576'],
    ['many passes', hashed('m=8,t=101,p=1'), 't from 1 to 100'],
    ['many lanes', hashed('m=1048576,t=1,p=17'), 'p from 1 to 16'],
    ['a short salt', hashed('m=8,t=1,p=1', 'YWJjYWJj'), 'a salt of 8 to 64 bytes'],
    ['a long salt', hashed('m=8,t=1,p=1', 'YWJj'.repeat(22)), 'a salt of 8 to 64 bytes'],
    ['a short output', hashed('m=8,t=1,p=1', undefined, 'YWJj'), 'an output of 4 to 64 bytes'],
    ['a long output', hashed('m=8,t=1,p=1', undefined, 'YWJj'.repeat(22)), 'an output of 4 to 64 bytes'],
    ['a salt that is no base64', hashed('m=8,t=1,p=1', 'AAAAAAAAAAAAA'), 'a salt of 8 to 64 bytes'],
    ['a salt with bits too many', hashed('m=8,t=1,p=1', 'AAAAAAAAAAAAAAAAAAAAAB'), 'a salt of 8 to 64 bytes'],
    ['a number with a leading zero', hashed('m=08,t=1,p=1'), 'Argon2id'],
    ['a version that there is not', hashed('m=8,t=1,p=1').replace('v=19', 'v=20'), 'Argon2id'],
    ['nothing that works', '$argon2id$v=19$m=1,t=0,p=0$YWJj$YWJj', 'p from 1 to 16'],
  ])('is refused with a hash of %s', (_, client_secret_hash, words) => {
    expect(() => read([{ client_id: 'a', client_secret_hash }])).toThrow(ConfigError);
    expect(() => read([{ client_id: 'a', client_secret_hash }])).toThrow(`${file} is not usable at 0.client_secret_hash: `);
    expect(() => read([{ client_id: 'a', client_secret_hash }])).toThrow(words);
  });

  it.each([hashed('m=8,t=1,p=1'), hashed('m=32,t=100,p=4'), hashed('m=1048576,t=1,p=16')])('takes the hash %s', (hash) => {
    expect(read([{ client_id: 'a', client_secret_hash: hash }])).toMatchObject([{ secretHash: hash }]);
  });

  it('must be there', () => {
    expect(() => readOAuthClients(file)).toThrow('cannot be read (ENOENT)');
  });
});

describe('registered clients', () => {
  it('are known by the first of several credentials that is right, hashed once', async () => {
    const hashed: string[] = [];
    const passwords = {
      verify: (hash: string | null, secret: string) => {
        hashed.push(secret);
        return Promise.resolve(hash === HASH && secret === 'a+b');
      },
    };
    const clients = new OAuthClients([{ clientId: 'gateway', secretHash: HASH, roles: null, origins: [] }], passwords);
    const both = [
      { clientId: 'gateway', secret: 'a b' },
      { clientId: 'gateway', secret: 'a+b' },
    ];
    expect(await clients.authenticateOne(both)).toBe('gateway');
    expect(hashed).toEqual(['a b', 'a+b']);
    expect(await clients.authenticateOne(both)).toBe('gateway');
    expect(hashed).toHaveLength(2);
    // As much work for a client that is not registered as for a wrong secret.
    for (const clientId of ['gateway', 'unknown']) {
      hashed.length = 0;
      expect(await clients.authenticateOne(['x y', 'x+y'].map((secret) => ({ clientId, secret })))).toBeNull();
      expect(hashed).toEqual(['x y', 'x+y']);
    }
  });

  it('hash a secret once as long as it is right, and every wrong one', async () => {
    let hashed = 0;
    const passwords = {
      verify: (hash: string | null, secret: string) => {
        hashed += 1;
        return Promise.resolve(hash === HASH && secret === 'right');
      },
    };
    const registered = { clientId: 'gateway', secretHash: HASH, roles: null, origins: [] };
    const clients = new OAuthClients([registered], passwords);
    const authenticated = (clientId: string, secret: string): Promise<string | null> =>
      clients.authenticateOne([{ clientId, secret }]);
    for (let time = 0; time < 5; time += 1) expect(await authenticated('gateway', 'right')).toBe('gateway');
    expect(hashed).toBe(1);
    for (const secret of ['wrong', '']) expect(await authenticated('gateway', secret)).toBeNull();
    expect(await authenticated('unknown', 'right')).toBeNull();
    expect(hashed).toBe(4);
    expect(await authenticated('gateway', 'right')).toBe('gateway');
  });
});
