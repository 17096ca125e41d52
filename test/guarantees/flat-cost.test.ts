/** What requests ask of the event store; test/large has the same after much history. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCounting, type CountingApp } from '../support/counted-calls.js';
import { startApp } from '../support/every-back-end.js';
import { freshCredentials } from '../support/running-app.js';

let counting: CountingApp;
beforeAll(async () => {
  counting = await startCounting(startApp);
});
afterAll(() => counting.app.close());

describe('G9: flat cost', () => {
  it('a rotation is one read of one event and one append', async () => {
    const { app, during } = counting;
    let { refresh_token: token } = await app.api.signedIn(freshCredentials());
    for (let rotation = 0; rotation < 10; rotation += 1) {
      const rotate = async (): Promise<void> => {
        token = (await app.api.refresh(token)).body.refresh_token;
      };
      expect(await during(rotate)).toEqual(['read backwards 1', 'append 1']);
    }
  });

  it('a sign-in that fails reads as much for an unknown address as for a wrong password', async () => {
    const { app, during } = counting;
    const { email, password } = freshCredentials();
    await app.api.register({ email, password });
    const failing = (credentials: { email: string; password: string }): Promise<readonly string[]> =>
      during(async () => expect((await app.api.login(credentials)).status).toBe(401));
    expect(await failing({ email: `un${email}`, password })).toEqual(await failing({ email, password: `${password}!` }));
  });

  it('what needs the device’s stream reads its newest event alone', async () => {
    const { app, during } = counting;
    const pair = await app.api.signedIn(freshCredentials());
    const { body: next } = await app.api.refresh(pair.refresh_token);
    const redeliver = (): Promise<unknown> => app.api.refresh(pair.refresh_token);
    // Whether a disowned event is in the way, then the family, then the account.
    const again = ['read forwards 1', 'read backwards 1', 'read backwards 1', 'append 1'];
    expect(await during(redeliver)).toEqual(['read backwards 1', 'append 1', ...again]);
    // The family twice: whether the token is of this log, and whether it can be ended.
    const signOut = (): Promise<unknown> => app.api.logout(next.refresh_token);
    const family = ['read backwards 1', 'read backwards 1'];
    expect(await during(signOut)).toEqual([...family, 'read backwards 1', 'append 1']);
  });
});
