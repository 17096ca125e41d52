import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EventStore } from '../../src/event-store/event-store.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
const calls: string[] = [];
beforeAll(async () => {
  app = await startApp({
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
    expect(calls).toEqual(['read backwards 1', 'append 1', 'read backwards 1', 'read backwards 1', 'append 1']);
    calls.length = 0;
    await app.api.logout(next.refresh_token);
    expect(calls).toEqual(['read backwards 1', 'read backwards 1', 'append 1']);
  });
});
