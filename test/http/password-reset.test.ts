import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Answer } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { newestCode, userEvents } from '../support/log-reader.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const MINUTE = 60_000;

let app: RunningApp;
let now = Date.now();
beforeAll(async () => {
  app = await startApp({ now: () => now });
});
afterAll(() => app.close());

const code = ({ status, body }: Answer): [number, unknown] => [status, body.code];
const forgot = (email: string): Promise<Answer> => app.api.post('password/forgot', { email });
const reset = (text: string, password: string): Promise<Answer> =>
  app.api.post('password/reset', { code: text, new_password: password });

async function registered(): Promise<{ email: string; password: string; userId: string }> {
  const credentials = freshCredentials();
  const { body } = await app.api.register(credentials);
  return { ...credentials, userId: String(body.user_id) };
}

async function requests(userId: string): Promise<number> {
  return (await userEvents(app, userId)).filter(([type]) => type === 'PasswordResetRequested').length;
}

async function resetCode(email: string, userId: string): Promise<string> {
  const before = await requests(userId);
  await forgot(email);
  await eventually('the work that follows the answer is done', async () => (await requests(userId)) > before);
  return newestCode(app, userId, 'PasswordResetRequested');
}

describe('POST /password/forgot', () => {
  it('answers known and unknown addresses alike, and appends for a known one alone', async () => {
    const { email, userId } = await registered();
    const [known, unknown] = [await forgot(email), await forgot(`${randomUUID()}@example.com`)];
    const shown = ({ status, text, headers }: Answer): unknown => [
      status,
      text,
      [...headers.keys()].filter((name) => !name.startsWith('ratelimit')),
    ];
    expect(shown(known)).toEqual(shown(unknown));
    expect([known.status, known.text, known.headers.get('log-position')]).toEqual([202, '', null]);
    await eventually('the work that follows the answer is done', async () => (await requests(userId)) === 1);
    expect((await userEvents(app, userId)).at(-1)).toEqual(['PasswordResetRequested', 'anonymous']);
  });

  it('sends an address at most three in an hour: what is beyond is answered as ever and voids no code', async () => {
    const { email, userId } = await registered();
    for (let times = 0; times < 3; times += 1) await resetCode(email, userId);
    const last = await newestCode(app, userId, 'PasswordResetRequested');
    expect((await forgot(email)).status).toBe(202);
    // Work of a later request has ended: so has that of the one before.
    const other = await registered();
    await resetCode(other.email, other.userId);
    expect(await requests(userId)).toBe(3);
    expect(code(await reset(last, 'a wholly other passphrase'))).toEqual([204, undefined]);
  });

  it('keeps a count of its own for a browser that the account knows: strangers cannot silence the owner', async () => {
    const { email, password, userId } = await registered();
    const login = await app.api.post('login', { email, password, mode: 'cookie' });
    const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
    for (let times = 0; times < 3; times += 1) await resetCode(email, userId);
    await forgot(email);
    await app.api.post('password/forgot', { email }, { cookie });
    await eventually('the work that follows the answer is done', async () => (await requests(userId)) === 4);
    const stranger = await app.api.post('login', { ...(await registered()), mode: 'cookie' });
    const other = stranger.headers.get('set-cookie')!.split(';')[0]!;
    await app.api.post('password/forgot', { email }, { cookie: other });
    const last = await registered();
    await resetCode(last.email, last.userId);
    expect(await requests(userId)).toBe(4);
  });

  it('does the work also when the server stops right after the answer', async () => {
    const folder = temporaryFolder();
    let stopping = await startApp({ folder: folder.path });
    try {
      const credentials = freshCredentials();
      const { body } = await stopping.api.register(credentials);
      await stopping.api.post('password/forgot', { email: credentials.email });
      await stopping.close();
      stopping = await startApp({ folder: folder.path });
      expect((await userEvents(stopping, String(body.user_id))).map(([type]) => type)).toContain('PasswordResetRequested');
    } finally {
      await stopping.close();
      folder.remove();
    }
  });

  it('refuses what is no address', async () => {
    expect(code(await forgot('me'))).toEqual([422, 'validation_failed']);
  });

  it('limits a network to thirty requests in an hour, for whatever addresses', async () => {
    const limited = await startApp({ env: { RATE_LIMIT_EXEMPT: '' } });
    try {
      const statuses: number[] = [];
      for (let times = 0; times < 31; times += 1)
        statuses.push((await limited.api.post('password/forgot', { email: `${randomUUID()}@example.com` })).status);
      expect(statuses).toEqual([...Array<number>(30).fill(202), 429]);
    } finally {
      await limited.close();
    }
  });
});

describe('POST /password/reset', () => {
  it('changes the password once, ends all sessions, proves the mailbox and signs nobody in', async () => {
    const { email, password, userId } = await registered();
    const pair = await app.api.signIn({ email, password });
    const text = await resetCode(email, userId);
    const answer = await reset(text, 'a wholly other passphrase');
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('log-position')).not.toBeNull();
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect((await app.api.refresh(pair.refresh_token)).body.code).toBe('token_revoked');
    expect((await app.api.login({ email, password })).status).toBe(401);
    const fresh = await app.api.signIn({ email, password: 'a wholly other passphrase' });
    expect((await app.api.get('me', fresh.access_token)).body).toMatchObject({ email, email_verified: true });
    expect(code(await reset(text, 'yet another passphrase'))).toEqual([400, 'code_invalid']);
  });

  it('drops the name that a squatter gave to an address that was never verified', async () => {
    const credentials = freshCredentials();
    const { body } = await app.api.post('register', { ...credentials, name: 'Somebody Else' });
    const text = await resetCode(credentials.email, String(body.user_id));
    await reset(text, 'a wholly other passphrase');
    const { access_token: token } = await app.api.signIn({ ...credentials, password: 'a wholly other passphrase' });
    expect((await app.api.get('me', token)).body).toMatchObject({ name: null, email_verified: true });
  });

  it('compares no password with a name that was dropped, and one with a name that stays', async () => {
    const credentials = freshCredentials();
    const { body } = await app.api.post('register', { ...credentials, name: 'Somebody Else' });
    const userId = String(body.user_id);
    const first = 'Somebody Else 2031';
    expect((await reset(await resetCode(credentials.email, userId), first)).status).toBe(204);
    const { access_token: token } = await app.api.signIn({ ...credentials, password: first });
    const change = { current_password: first, new_password: 'somebody-else-1815' };
    expect((await app.api.post('password/change', change, { authorization: `Bearer ${token}` })).status).toBe(200);

    const owner = freshCredentials();
    const registered = await app.api.post('register', { ...owner, name: 'Ada Lovelace' });
    const ownerId = String(registered.body.user_id);
    await app.api.post('email/verify', { code: await newestCode(app, ownerId, 'EmailVerificationRequested') });
    expect(code(await reset(await resetCode(owner.email, ownerId), 'Ada Lovelace 1815'))).toEqual([
      422,
      'password_too_common',
    ]);
  });

  it('refuses a code that a newer one voided, one that has expired, and one that is none', async () => {
    const { email, userId } = await registered();
    const [older, newer] = [await resetCode(email, userId), await resetCode(email, userId)];
    expect(code(await reset(older, 'a wholly other passphrase'))).toEqual([400, 'code_invalid']);
    const wrong = [`${userId}.${'A'.repeat(43)}`, `${randomUUID()}.${'A'.repeat(43)}`, 'nonsense', userId];
    for (const text of wrong) expect(code(await reset(text, 'a wholly other passphrase'))).toEqual([400, 'code_invalid']);
    now += 15 * MINUTE;
    expect(code(await reset(newer, 'a wholly other passphrase'))).toEqual([400, 'code_expired']);
    expect(code(await reset(older, 'a wholly other passphrase'))).toEqual([400, 'code_invalid']);
  });

  it('keeps the rules of passwords, and leaves the code good', async () => {
    const { email, password, userId } = await registered();
    const text = await resetCode(email, userId);
    expect(code(await reset(text, 'short'))).toEqual([422, 'validation_failed']);
    expect(code(await reset(text, 'passwordpassword'))).toEqual([422, 'password_too_common']);
    expect(code(await reset(text, `${email.split('@')[0]!}1234`))).toEqual([422, 'password_too_common']);
    const same = await reset(text, password);
    expect(code(same)).toEqual([422, 'validation_failed']);
    expect(same.body.errors).toEqual([{ path: 'new_password', message: expect.any(String) }]);
    expect((await reset(text, 'a wholly other passphrase')).status).toBe(204);
  });

  it('of many uses at once lets one through', async () => {
    const { email, userId } = await registered();
    const text = await resetCode(email, userId);
    const answers = await Promise.all([1, 2, 3, 4].map((n) => reset(text, `a wholly other passphrase ${n}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 400, 400, 400]);
  });
});
