import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/api-client.js';
import { newestCode, userEvents } from '../support/log-reader.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';

const HOUR = 3_600_000;

let app: RunningApp;
let now = Date.now();
beforeAll(async () => {
  app = await startApp({ now: () => now });
});
afterAll(() => app.close());

const code = ({ status, body }: Answer): [number, unknown] => [status, body.code];
const verify = (text: string): Promise<Answer> => app.api.post('email/verify', { code: text });
const ask = (token: string): Promise<Answer> =>
  app.api.request('/api/v1/auth/email/verify/request', { method: 'POST', headers: { authorization: `Bearer ${token}` } });

async function signedIn(): Promise<{ userId: string; token: string }> {
  const credentials = freshCredentials();
  const { body } = await app.api.register(credentials);
  return { userId: String(body.user_id), token: (await app.api.signIn(credentials)).access_token };
}

async function requests(userId: string): Promise<number> {
  return (await userEvents(app, userId)).filter(([type]) => type === 'EmailVerificationRequested').length;
}

describe('a registration', () => {
  it('asks for the verification mail in the same append', async () => {
    const { userId } = await signedIn();
    expect((await userEvents(app, userId)).slice(0, 2)).toEqual([
      ['UserRegistered', 'anonymous'],
      ['EmailVerificationRequested', 'anonymous'],
    ]);
  });
});

describe('POST /email/verify', () => {
  it('verifies, and takes the same code again', async () => {
    const { userId, token } = await signedIn();
    const text = await newestCode(app, userId, 'EmailVerificationRequested');
    const answer = await verify(text);
    expect([answer.status, answer.text]).toEqual([204, '']);
    const position = answer.headers.get('log-position')!;
    const { body } = await app.api.get('me', token, { 'if-log-position': position });
    expect(body).toMatchObject({ email_verified: true });
    const before = await userEvents(app, userId);
    expect((await verify(` ${text} `)).status).toBe(204);
    expect(await userEvents(app, userId)).toEqual(before);
  });

  it('refuses a wrong code, a voided one and an expired one', async () => {
    const { userId, token } = await signedIn();
    const older = await newestCode(app, userId, 'EmailVerificationRequested');
    expect((await ask(token)).status).toBe(202);
    const newer = await newestCode(app, userId, 'EmailVerificationRequested');
    for (const text of [older, `${userId}.${'A'.repeat(43)}`, 'nonsense'])
      expect(code(await verify(text))).toEqual([400, 'code_invalid']);
    expect(code(await app.api.post('email/verify', {}))).toEqual([422, 'validation_failed']);
    now += 24 * HOUR;
    expect(code(await verify(newer))).toEqual([400, 'code_expired']);
  });
});

describe('POST /email/verify/request', () => {
  it('sends three mails in an hour, that of the registration included; what is beyond is answered as ever', async () => {
    const { userId, token } = await signedIn();
    for (let times = 0; times < 4; times += 1) {
      const answer = await ask(token);
      expect([answer.status, answer.text]).toEqual([202, '']);
      expect(answer.headers.get('log-position')).not.toBeNull();
    }
    expect(await requests(userId)).toBe(3);
    expect((await verify(await newestCode(app, userId, 'EmailVerificationRequested'))).status).toBe(204);
  });

  it('appends nothing for an address that is verified', async () => {
    const { userId, token } = await signedIn();
    await verify(await newestCode(app, userId, 'EmailVerificationRequested'));
    expect((await ask(token)).status).toBe(202);
    expect(await requests(userId)).toBe(1);
  });

  it('needs a Bearer', async () => {
    expect(code(await app.api.post('email/verify/request', {}))).toEqual([401, 'token_invalid']);
  });
});
