/** A user's key that another tool has changed, among others. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import path from 'node:path';
import pino from 'pino';
import { userOf } from '../support/log.js';
import { freshCredentials, startApp, type RunningApp } from '../support/running-app.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const [ada, bob] = [freshCredentials(), freshCredentials()];
const lines: Record<string, unknown>[] = [];
const log = pino(
  { level: 'error' },
  { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
);
let app: RunningApp;
let damaged: string;

/** The user's key with its last bit turned. */
function changed(db: Database.Database): Buffer {
  const { key } = db.prepare('select wrapped_key as key from user_keys where user_id = ?').get(damaged) as {
    key: Uint8Array;
  };
  return Buffer.from(key.map((byte, at) => (at === key.length - 1 ? byte ^ 1 : byte)));
}

beforeAll(async () => {
  const before = await startApp({ folder: folder.path });
  damaged = userOf(await before.api.signedIn(ada));
  await before.api.signedIn(bob);
  await before.close();
  const db = new Database(path.join(folder.path, 'user-keys.db'));
  db.prepare('update user_keys set wrapped_key = ? where user_id = ?').run(changed(db), damaged);
  db.close();
  app = await startApp({ folder: folder.path, log });
});
afterAll(async () => {
  await app.close();
  folder.remove();
});

describe('a user whose key does not open', () => {
  it('is listed without address and name, said in the log, and keeps nobody else from being listed', async () => {
    const { users } = await app.application.http.users.page({ limit: 10, after: null });
    const emails = new Map(users.map(({ userId, email }) => [userId, email]));
    expect(emails.get(damaged)).toBeNull();
    expect([...emails.values()]).toContain(bob.email);
    expect(await app.application.http.users.find(damaged)).toMatchObject({
      email: null,
      status: 'active',
      activeSessions: 1,
    });
    expect(lines).toContainEqual(expect.objectContaining({ level: 50, msg: 'a user is listed as unreadable' }));
  });
});
