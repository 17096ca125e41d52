/** Auditors find users without the role `admin`, and see what administrators see. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { signedInAdmin, signedInUser, type SignedIn } from '../support/admin.js';
import type { Answer } from '../support/api-client.js';
import { startApp, type RunningApp } from '../support/running-app.js';
import { operate } from '../../src/operator/operations.js';

interface Listed {
  readonly users: readonly { readonly user_id: string; readonly email: string | null; readonly status: string }[];
  readonly next: string | null;
  readonly code?: string;
}

let app: RunningApp;
let auditor: SignedIn;
let ada: SignedIn;
beforeAll(async () => {
  app = await startApp();
  auditor = await signedInUser(app);
  ada = await signedInUser(app, 'Ada');
  await operate(app.application.operator, 'users.grant', { user: auditor.userId, operator: 'test', role: 'auditor' });
});
afterAll(() => app.close());

function list(query: string, as = auditor, area = 'audit'): Promise<Answer<Listed>> {
  const headers = { authorization: `Bearer ${as.pair.access_token}` };
  return app.api.request<Listed>(`/api/v1/${area}/users${query}`, { headers });
}

describe('an auditor', () => {
  it('finds a user by the address, in whatever form, and gets the answer that an administrator gets', async () => {
    const email = encodeURIComponent(` ${ada.email.toUpperCase()} `);
    const found = await list(`?email=${email}`);
    expect(found).toMatchObject({ status: 200, body: { users: [{ user_id: ada.userId, email: ada.email }], next: null } });
    const admin = await signedInAdmin(app);
    expect((await list(`?email=${email}`, admin, 'admin')).body).toEqual(found.body);
    expect((await list('?email=nobody@example.com')).body).toEqual({ users: [], next: null });
  });

  it('reads all users page by page', async () => {
    const whole = await list('');
    const ids: string[] = [];
    for (let query = '?limit=1'; ;) {
      const { body } = await list(query);
      ids.push(...body.users.map(({ user_id: id }) => id));
      if (body.next === null) break;
      query = `?limit=1&after=${body.next}`;
    }
    expect(ids).toEqual(whole.body.users.map(({ user_id: id }) => id));
    expect(ids).toEqual(expect.arrayContaining([auditor.userId, ada.userId]));
  });

  it('sees one account, as an administrator does', async () => {
    const { body, status } = await list(`/${ada.userId}`);
    expect([status, body]).toMatchObject([200, { user_id: ada.userId, email: ada.email, name: 'Ada', active_sessions: 1 }]);
    const admin = await signedInAdmin(app);
    expect((await list(`/${ada.userId}`, admin, 'admin')).body).toEqual(body);
    for (const id of ['nobody', randomUUID()]) expect((await list(`/${id}`)).status).toBe(404);
  });

  it('gets a 422 for a query that is wrong, and cannot read the lists of administrators', async () => {
    for (const query of ['?limit=0', '?limit=101', '?after=x', '?email=x', '?email=a%40b.example&email=c%40d.example'])
      expect([query, (await list(query)).status]).toEqual([query, 422]);
    expect(await list('', auditor, 'admin')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });
});

describe('others', () => {
  it('do not list users: without the role, as an administrator, without a token', async () => {
    const admin = await signedInAdmin(app);
    for (const who of [ada, admin])
      for (const query of ['', `/${ada.userId}`])
        expect(await list(query, who)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await app.api.request('/api/v1/audit/users')).status).toBe(401);
  });
});
