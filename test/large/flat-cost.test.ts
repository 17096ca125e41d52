/** What requests ask of the event store after much history. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCounting, type CountingApp } from '../support/counted-calls.js';
import { freshCredentials, startApp } from '../support/running-app.js';

let counting: CountingApp;
beforeAll(async () => {
  counting = await startCounting(startApp, { LIMIT_ROTATIONS_PER_HOUR: '0', LIMIT_MUTATIONS_PER_HOUR: '1000' });
});
afterAll(() => counting.app.close());

describe('G9: flat cost', () => {
  it('of a rotation, the first like the thousandth, with one device or fifty', async () => {
    const { app, during } = counting;
    const credentials = freshCredentials();
    let { refresh_token: token } = await app.api.signedIn(credentials);
    for (let device = 0; device < 50; device += 1) await app.api.signIn(credentials);
    const rotate = async (): Promise<void> => {
      token = (await app.api.refresh(token)).body.refresh_token;
    };
    for (let rotation = 0; rotation < 1_000; rotation += 1)
      expect(await during(rotate)).toEqual(['read backwards 1', 'append 1']);
  }, 400_000);

  it('T7: of a sign-in, after 300 revocations of all tokens', async () => {
    const { app, during } = counting;
    const credentials = freshCredentials();
    const { access_token: bearer, device_id } = await app.api.signedIn(credentials);
    const onNewDevice = (): Promise<unknown> => app.api.signIn(credentials);
    const before = await during(onNewDevice);
    for (let time = 0; time < 300; time += 1) expect((await app.api.logoutAll(bearer, true)).status).toBe(204);
    expect(await during(onNewDevice)).toEqual(before);
    expect(before).toEqual(['read backwards 1', 'read backwards 1', 'append 1']);
    // On a device that is known, its newest family and its account as well.
    const onKnownDevice = (): Promise<unknown> => app.api.signIn(credentials, { device_id });
    const reads = ['read backwards 1', 'read backwards 1', 'read backwards 1', 'read backwards 1'];
    expect(await during(onKnownDevice)).toEqual([...reads, 'append 2']);
  }, 400_000);
});
