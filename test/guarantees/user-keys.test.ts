/** Users' keys: no key without a user (S5), and none that another instance has destroyed is signed in on. */
import { afterEach, describe, expect, it } from '@jest/globals';
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
