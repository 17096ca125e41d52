/** The rules for passwords at each place where one is chosen, and closed registration, in a server of its own process. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, type Answer, type Credentials } from '../support/api-client.js';
import { outboxMail } from '../support/mail/outbox-mails.js';
import { freshCredentials } from '../support/running-app.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const MINIMUM = 14;

let folder: ReturnType<typeof temporaryFolder>;
let server: ServerProcess;
let api: ApiClient;
beforeAll(async () => {
  folder = temporaryFolder();
  await start();
});
afterAll(async () => {
  await server.end('SIGTERM');
  folder.remove();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  server = await startServerProcess({ DATA_DIR: folder.path, PASSWORD_MIN_LENGTH: String(MINIMUM), ...env });
  api = new ApiClient(server.url);
}

type Choose = (password: string) => Promise<Answer>;

/** Each place with the field that it names. */
const PLACES: readonly [string, string, (user: Credentials & { token: string }) => Promise<Choose>][] = [
  [
    'register',
    'password',
    ({ email }) => Promise.resolve((password) => api.post('register', { email: email.replace('@', '@new.'), password })),
  ],
  [
    'password/change',
    'new_password',
    ({ password, token }) =>
      Promise.resolve((chosen) =>
        api.post(
          'password/change',
          { current_password: password, new_password: chosen },
          { authorization: `Bearer ${token}` },
        ),
      ),
  ],
  [
    'password/reset',
    'new_password',
    async ({ email }) => {
      await api.post('password/forgot', { email });
      const { link } = await outboxMail(folder.path, email, 'Choose');
      const code = link!.split('#code=')[1];
      return (password) => api.post('password/reset', { code, new_password: password });
    },
  ],
];

describe('the rules for passwords', () => {
  it.each(PLACES)('are kept by /%s', async (place, field, begin) => {
    const user = freshCredentials();
    const { access_token: token } = await api.signedIn(user);
    const choose = await begin({ ...user, token });
    const localPart = user.email.split('@')[0]!;
    // Shorter than this server wants, though not than the least that any may want.
    const short = await choose('8fK2!qPz7wLr9');
    expect([short.status, short.body.code]).toEqual([422, 'validation_failed']);
    expect(short.body.errors).toEqual([{ path: field, message: expect.stringContaining(String(MINIMUM)) }]);
    expect((await choose('x'.repeat(129))).body.code).toBe('validation_failed');
    for (const common of ['password1234567', 'PassWord1234567', ' '.repeat(MINIMUM), `${localPart}2026`, 'tokenledger2026'])
      expect([common, (await choose(common)).body.code]).toEqual([common, 'password_too_common']);
    if (place !== 'register') {
      const same = await choose(user.password);
      expect(same.body.errors).toEqual([{ path: field, message: 'must be another one' }]);
    }
    expect((await choose('a wholly other passphrase')).status).toBeLessThan(300);
  });
});

describe('REGISTRATION=closed', () => {
  it('refuses everybody alike, and those who are registered go on', async () => {
    const user = freshCredentials();
    await api.signedIn(user);
    await server.end('SIGTERM');
    await start({ REGISTRATION: 'closed' });
    for (const credentials of [user, freshCredentials(), { ...freshCredentials(), password: 'password1234567' }]) {
      const { status, body } = await api.register(credentials);
      expect([status, body.code]).toEqual([403, 'registration_closed']);
    }
    expect((await api.login(user)).status).toBe(200);
    const answer = await api.post('password/forgot', { email: user.email });
    expect(answer.status).toBe(202);
    expect((await outboxMail(folder.path, user.email, 'Choose')).link).not.toBeNull();
  });
});
