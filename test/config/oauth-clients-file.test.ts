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

  it('must be there', () => {
    expect(() => readOAuthClients(file)).toThrow('cannot be read (ENOENT)');
  });
});

describe('registered clients', () => {
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
    for (let time = 0; time < 5; time += 1) expect(await clients.authenticate('gateway', 'right')).toBe(true);
    expect(hashed).toBe(1);
    for (const secret of ['wrong', '']) expect(await clients.authenticate('gateway', secret)).toBe(false);
    expect(await clients.authenticate('unknown', 'right')).toBe(false);
    expect(hashed).toBe(4);
    expect(await clients.authenticate('gateway', 'right')).toBe(true);
  });
});
