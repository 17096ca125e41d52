/** Users' keys: no key without a user (S5), none that another instance has destroyed is signed in on, and one that is missing is said. */
import { afterEach, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import Database from 'libsql';
import { pino } from 'pino';
import { userOf } from '../support/log.js';
import { Passwords, TooBusyError } from '../../src/security/passwords.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
afterEach(() => app.close());

const keyCount = async (): Promise<number> => (await app.application.stores.keyStore.list(null, 1_000)).length;

/** Hashes nothing of what the registrations bring. */
class Refusing extends Passwords {
  reason: Error | null = null;

  override hash(...[password, job]: Parameters<Passwords['hash']>): Promise<string> {
    return this.reason === null ? super.hash(password, job) : Promise.reject(this.reason);
  }
}

describe('S5: a registration that fails', () => {
  it('leaves no key behind, whether its hash is refused, or too many wait for theirs', async () => {
    const passwords = new Refusing();
    app = await startApp({ passwords });
    expect((await app.api.register(freshCredentials())).status).toBe(201);
    for (const [reason, status] of [
      [new TooBusyError('busy'), 429],
      [new Error('the hash failed'), 500],
    ] as const) {
      passwords.reason = reason;
      expect((await app.api.register(freshCredentials())).status).toBe(status);
      expect(await keyCount()).toBe(1);
    }
  });

  it('leaves no key behind when a queue is full: each key has its user', async () => {
    app = await startApp({ passwords: new Passwords({ concurrency: 1, maxWaiting: 1 }) });
    const answers = await Promise.all(Array.from({ length: 8 }, () => app.api.register(freshCredentials())));
    const registered = answers.filter(({ status }) => status === 201).length;
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(8 - registered);
    expect(registered).toBeLessThan(8);
    expect(await keyCount()).toBe(registered);
  });

  it('leaves no key behind when another one of the same address is first', async () => {
    app = await startApp();
    const credentials = freshCredentials();
    const answers = await Promise.all(Array.from({ length: 3 }, () => app.api.register(credentials)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(await keyCount()).toBe(1);
  });
});

describe('a sign-in', () => {
  it('asks the key store again: a key that another instance has destroyed is signed in on no more', async () => {
    app = await startApp();
    const credentials = freshCredentials();
    await app.api.signedIn(credentials);
    const [key] = await app.application.stores.keyStore.list(null, 10);
    // At the store alone: what this process remembers of the key stays.
    await app.application.stores.keyStore.destroy(key!.userId, Date.now());
    const { status, body } = await app.api.login(credentials);
    expect([status, body]).toMatchObject([401, { code: 'invalid_credentials' }]);
  });
});

describe('a user’s key that is missing', () => {
  const lines: Record<string, unknown>[] = [];
  const said = (): unknown[] => lines.splice(0).filter(({ event }) => event === 'user_key_missing');

  async function start(): Promise<void> {
    lines.length = 0;
    const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
    app = await startApp({ log: pino({ level: 'info' }, { write }) });
  }

  /** By somebody else, and no trace is left. */
  function removeKeys(): void {
    const db = new Database(path.join(app.folder, 'user-keys.db'));
    db.exec('delete from user_keys');
    db.close();
  }

  it('is an error line for operators at a sign-in and at refreshes, one for many; the client hears what it always hears', async () => {
    await start();
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    removeKeys();
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await app.api.login(credentials);
      expect([status, body]).toMatchObject([401, { code: 'invalid_credentials' }]);
    }
    expect(said()).toMatchObject([{ level: 50, msg: 'security', event: 'user_key_missing', user_id: userOf(pair) }]);
    expect((await app.api.refresh(pair.refresh_token)).status).toBe(200);
    expect(said()).toEqual([]);
  });

  it('is said at a refresh alone', async () => {
    await start();
    const pair = await app.api.signedIn(freshCredentials());
    removeKeys();
    // What this process remembers of the key goes a minute after it was read.
    await app.application.context.userKeys.renew(userOf(pair));
    expect((await app.api.refresh(pair.refresh_token)).status).toBe(200);
    expect(said()).toMatchObject([{ level: 50, user_id: userOf(pair) }]);
  });

  it('is not said of a wrong password, an unknown address, or a user whose key was destroyed', async () => {
    await start();
    const credentials = freshCredentials();
    const pair = await app.api.signedIn(credentials);
    expect((await app.api.login({ ...credentials, password: 'wrong wrong wrong' })).status).toBe(401);
    expect((await app.api.login(freshCredentials())).status).toBe(401);
    await app.application.context.userKeys.destroy(userOf(pair), Date.now());
    expect((await app.api.login(credentials)).status).toBe(401);
    expect((await app.api.refresh(pair.refresh_token)).status).toBe(401);
    expect(said()).toEqual([]);
  });
});
