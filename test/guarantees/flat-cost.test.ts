import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore } from '../../src/event-store/event-store.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
const calls: string[] = [];
beforeAll(async () => {
  app = await startApp({
    env: { LIMIT_ROTATIONS_PER_HOUR: '0', LIMIT_MUTATIONS_PER_HOUR: '0' },
    prepare: ({ stores: { eventStore } }) => {
      const [append, readStream] = [eventStore.append.bind(eventStore), eventStore.readStream.bind(eventStore)];
      eventStore.append = (...args: Parameters<EventStore['append']>) => {
        calls.push(`append ${args[1].length}`);
        return append(...args);
      };
      eventStore.readStream = (...args: Parameters<EventStore['readStream']>) => {
        calls.push(`read ${args[1]?.direction ?? 'forwards'} ${args[1]?.maxCount ?? 'all'}`);
        return readStream(...args);
      };
    },
  });
});
afterAll(() => app.close());

describe('G9: flat cost', () => {
  it('a rotation is one read of one event and one append, the first like the thousandth, with one device or fifty', async () => {
    const credentials = freshCredentials();
    let { refresh_token: token } = await app.api.signedIn(credentials);
    for (let device = 0; device < 50; device += 1) await app.api.signIn(credentials);
    for (let rotation = 0; rotation < 1_000; rotation += 1) {
      calls.length = 0;
      token = (await app.api.refresh(token)).body.refresh_token;
      expect(calls).toEqual(['read backwards 1', 'append 1']);
    }
  });

  it('T7: a sign-in costs the same after 300 revocations of all tokens', async () => {
    const credentials = freshCredentials();
    const { access_token: bearer, device_id } = await app.api.signedIn(credentials);
    const signIn = async (): Promise<string[]> => {
      calls.length = 0;
      await app.api.signIn(credentials);
      return [...calls];
    };
    const before = await signIn();
    for (let time = 0; time < 300; time += 1) expect((await app.api.logoutAll(bearer, true)).status).toBe(204);
    expect(await signIn()).toEqual(before);
    expect(before).toEqual(['read backwards 1', 'read backwards 1', 'append 1']);
    // On a device that is known, its newest family and its account as well.
    calls.length = 0;
    await app.api.signIn(credentials, { device_id });
    expect(calls).toEqual(['read backwards 1', 'read backwards 1', 'read backwards 1', 'read backwards 1', 'append 2']);
  });

  it('a sign-in that fails reads as much for an unknown address as for a wrong password', async () => {
    const { email, password } = freshCredentials();
    await app.api.register({ email, password });
    const of = async (credentials: { email: string; password: string }): Promise<string[]> => {
      calls.length = 0;
      expect((await app.api.login(credentials)).status).toBe(401);
      return [...calls];
    };
    expect(await of({ email: `un${email}`, password })).toEqual(await of({ email, password: `${password}!` }));
  });

  it('what needs the device’s stream reads its newest event alone', async () => {
    const pair = await app.api.signedIn(freshCredentials());
    const { body: next } = await app.api.refresh(pair.refresh_token);
    calls.length = 0;
    await app.api.refresh(pair.refresh_token);
    // Whether a disowned event is in the way, then the family, then the account.
    const again = ['read forwards 1', 'read backwards 1', 'read backwards 1', 'append 1'];
    expect(calls).toEqual(['read backwards 1', 'append 1', ...again]);
    calls.length = 0;
    await app.api.logout(next.refresh_token);
    expect(calls).toEqual(['read backwards 1', 'read backwards 1', 'append 1']);
  });
});
