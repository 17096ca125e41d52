/** `tokenledger users …`, beside a running server and without one. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import path from 'node:path';
import { openReading } from '../../src/adapters/sqlite/connection.js';
import { openStores } from '../../src/compose/stores.js';
import { ApiClient } from '../support/api-client.js';
import { freshCredentials } from '../support/running-app.js';
import { runScript } from '../support/script.js';
import { startServerProcess, type ServerProcess } from '../support/server-process.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let folder: ReturnType<typeof temporaryFolder>;
let server: ServerProcess;
beforeAll(async () => {
  folder = temporaryFolder();
  server = await startServerProcess({ DATA_DIR: folder.path });
});
afterAll(async () => {
  await server.end('SIGTERM');
  folder.remove();
});

const users = (...args: string[]): ReturnType<typeof runScript> =>
  runScript('users', { DATA_DIR: folder.path }, ...args, '--json');
const parsed = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function registered(): Promise<{ email: string; password: string; userId: string }> {
  const credentials = freshCredentials();
  const { body } = await new ApiClient(server.url).register(credentials);
  return { ...credentials, userId: String(body.user_id) };
}

describe('beside a running server', () => {
  it('finds and shows a user by address and by id', async () => {
    const { email, userId } = await registered();
    for (const args of [
      ['find', email.toUpperCase()],
      ['show', userId],
    ]) {
      const { code, stdout } = await users(...args);
      expect([code, parsed(stdout)]).toEqual([
        0,
        [
          {
            user_id: userId,
            email,
            email_verified: false,
            name: null,
            status: 'active',
            roles: [],
            created_at: expect.stringMatching(/Z$/),
            active_sessions: 0,
          },
        ],
      ]);
    }
  });

  it('lists users and sessions, ends one session and all', async () => {
    const { userId, ...credentials } = await registered();
    const api = new ApiClient(server.url);
    const [first, second] = [await api.signIn(credentials, { device_name: 'Phone' }), await api.signIn(credentials)];
    expect(parsed((await users('list')).stdout).map((user) => user.user_id)).toContain(userId);
    const listed = parsed((await users('sessions', credentials.email)).stdout);
    expect(listed.map((session) => session.session_id).sort()).toEqual([first.session_id, second.session_id].sort());
    expect(Object.keys(listed[0]!)).toEqual(
      expect.arrayContaining(['device_id', 'device_name', 'ip', 'user_agent', 'generation']),
    );
    const one = await users('sign-out', userId, '--session', first.session_id);
    expect([one.code, parsed(one.stdout)]).toEqual([0, [{ user_id: userId, session_id: first.session_id, changed: true }]]);
    expect((await api.refresh(first.refresh_token)).status).toBe(401);
    expect((await api.refresh(second.refresh_token)).status).toBe(200);
    expect((await users('sign-out', userId)).code).toBe(0);
    expect(parsed((await users('sessions', userId)).stdout)).toEqual([]);
  });

  it('disables, enables, grants, revokes and starts a reset', async () => {
    const { userId, email, password } = await registered();
    const api = new ApiClient(server.url);
    expect((await users('disable', email, '--reason', 'Seen twice')).code).toBe(0);
    expect((await api.login({ email, password })).status).toBe(403);
    expect((await users('enable', email)).code).toBe(0);
    const { access_token: token } = await api.signIn({ email, password });
    expect((await users('grant', email, 'admin')).code).toBe(0);
    const { status } = await api.request('/api/v1/admin/users', { headers: { authorization: `Bearer ${token}` } });
    expect(status).toBe(200);
    expect(parsed((await users('show', userId)).stdout)[0]?.roles).toEqual(['admin']);
    expect((await users('revoke', email, 'admin')).code).toBe(0);
    expect(parsed((await users('reset-password', email)).stdout)).toEqual([{ user_id: userId, changed: true }]);
  });

  it('erases, and says since when', async () => {
    const { userId, ...credentials } = await registered();
    expect((await users('erase', credentials.email)).code).toBe(2);
    const { code, stdout } = await users('erase', credentials.email, '--yes');
    const report = { user_id: userId, unreadable_since: expect.stringMatching(/Z$/), final_on: null };
    expect([code, parsed(stdout)]).toEqual([0, [report]]);
    expect(parsed((await users('show', userId)).stdout)[0]).toMatchObject({ email: null, name: null, status: 'erased' });
    // The address is free again.
    const again = await new ApiClient(server.url).register(credentials);
    expect([again.status, again.body.user_id]).toEqual([201, expect.stringMatching(UUID)]);
    expect(again.body.user_id).not.toBe(userId);
    const waiting = await runScript('users', { DATA_DIR: folder.path }, 'erase', userId, '--yes');
    expect(waiting.stdout).toContain('not yet final: run `keys rewrap`');
    expect((await runScript('keys', { DATA_DIR: folder.path }, 'rewrap')).code).toBe(0);
    // Something that a reader has not seen, so that it holds up the file of the keys.
    const reader = openReading(path.join(folder.path, 'user-keys.db'));
    reader.exec('BEGIN');
    reader.prepare('select count(*) from user_keys').get();
    await registered();
    const heldUp = await runScript('users', { DATA_DIR: folder.path }, 'erase', userId, '--yes');
    reader.exec('COMMIT');
    reader.close();
    expect(heldUp.stdout).toContain('another reader holds the file of the users’ keys');
    expect(heldUp.stdout).not.toContain('rewrap');
    const [final] = parsed((await users('erase', userId, '--yes')).stdout);
    expect(final).toMatchObject({ user_id: userId, final_on: expect.stringMatching(/Z$/) });
    expect((await users('enable', userId)).code).toBe(1);
  });

  it('ends with 1 for an id that nobody has, and names the limit of a reason that is too long', async () => {
    const nobody = randomUUID();
    for (const action of ['show', 'sessions', 'disable']) {
      const { code, output } = await users(action, nobody);
      expect([action, code, output]).toEqual([action, 1, expect.stringContaining(`there is no user ${nobody}`)]);
    }
    const long = await users('disable', 'nobody@example.com', '--reason', 'x'.repeat(1_001));
    expect([long.code, long.output]).toEqual([2, expect.stringContaining('--reason may have at most 1000 characters')]);
  });

  it('ends with 1 for a user that there is not, and with 2 when used wrongly', async () => {
    for (const action of ['find', 'show', 'sessions', 'sign-out', 'disable', 'enable', 'reset-password']) {
      const { code, output } = await users(action, 'nobody@example.com');
      expect([action, code, output]).toEqual([action, 1, expect.stringContaining('there is no user nobody@example.com')]);
    }
    for (const args of [
      [],
      ['show'],
      ['grant', 'a@example.com'],
      ['grant', 'a@example.com', 'owner'],
      ['dance'],
      ['list', '--yes'],
    ])
      expect([args, (await users(...args)).code]).toEqual([args, 2]);
  });
});

describe('without a server', () => {
  it('does the same', async () => {
    const { userId, email, password } = await registered();
    const api = new ApiClient(server.url);
    const pair = await api.signIn({ email, password });
    const erased = await registered();
    await server.end('SIGTERM');
    expect((await users('grant', email, 'auditor')).code).toBe(0);
    expect((await users('disable', email)).code).toBe(0);
    // The read model is brought up to date, although nobody projects.
    expect(parsed((await users('show', email)).stdout)[0]).toMatchObject({
      user_id: userId,
      status: 'disabled',
      roles: ['auditor'],
      active_sessions: 0,
    });
    expect(parsed((await users('erase', erased.email, '--yes')).stdout)).toEqual([
      { user_id: erased.userId, unreadable_since: expect.stringMatching(/Z$/), final_on: null },
    ]);
    expect((await users('find', erased.email)).code).toBe(1);
    const { stdout } = await runScript('rebuild', { DATA_DIR: folder.path }, '--check', '--json');
    expect(parsed(stdout)[0]).toMatchObject({ differences: 0 });
    server = await startServerProcess({ DATA_DIR: folder.path });
    const after = new ApiClient(server.url);
    expect((await after.login({ email, password })).status).toBe(403);
    expect((await after.refresh(pair.refresh_token)).status).toBe(401);
    expect((await after.login(erased)).status).toBe(401);
  });

  it('names the person in each event, as beside a server', async () => {
    const one = await registered();
    expect((await users('disable', one.userId)).code).toBe(0);
    await server.end('SIGTERM');
    expect((await users('enable', one.userId)).code).toBe(0);
    const stores = await openStores({
      dataDir: folder.path,
      archiveDir: null,
      eventStoreUrl: null,
      mongoUrl: null,
      streamPrefix: 'tokenledger_',
    });
    const stored = await stores.eventStore.readStream(`tokenledger_user-${one.userId}`);
    await stores.close();
    const actors = stored.map(({ type, metadata }) => [type, (JSON.parse(metadata) as { actor: string }).actor]);
    const operator = `operator:${userInfo().username}`;
    expect(actors.slice(2)).toEqual([
      ['UserDisabled', operator],
      ['AllTokensRevoked', operator],
      ['UserEnabled', operator],
    ]);
    server = await startServerProcess({ DATA_DIR: folder.path });
  });
});
