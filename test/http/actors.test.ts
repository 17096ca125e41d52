/** Every change over HTTP is an event, and says who made it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PUBLIC_ROUTES } from '../../src/http/routes/routes.js';
import { signedInAdmin, signedInUser, type SignedIn } from '../support/admin.js';
import type { Answer } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { newestCode, wholeLog } from '../support/log-reader.js';
import { startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
let admin: SignedIn;
beforeAll(async () => {
  app = await startApp();
  admin = await signedInAdmin(app);
});
afterAll(() => app.close());

const NEW_PASSWORD = 'a horse of another colour';
const ADMIN = '/api/v1/admin/users/{id}';
/** Neither changes anything. */
const READ_ONLY = ['POST /oauth2/introspect'];

interface Change {
  /** Of the route, as the table of routes has it. */
  readonly route: string;
  /** The types of the events, in the order of the log. */
  readonly types: readonly string[];
  /** Who made them; the user unless it is named: who has the code of a mail is taken for the user. */
  readonly by?: 'anonymous' | 'admin';
  readonly body?: (user: SignedIn) => object | Promise<object>;
  /** What is done before. */
  readonly before?: (user: SignedIn) => Promise<unknown>;
  /** Whether the work follows the answer. */
  readonly follows?: true;
}

const password = ({ password: value }: SignedIn): object => ({ password: value });
const asked = (type: 'PasswordResetRequested' | 'EmailVerificationRequested') => async (user: SignedIn) => {
  await eventually('there is a code', () => newestCode(app, user.userId, type).then(Boolean, () => false));
  return { code: await newestCode(app, user.userId, type) };
};
const ended = ['AllTokensRevoked'];

const CHANGES: readonly Change[] = [
  {
    route: 'POST /api/v1/auth/register',
    by: 'anonymous',
    types: ['EmailClaimed', 'UserRegistered', 'EmailVerificationRequested'],
    body: (user) => ({ email: `new.${user.email}`, password: user.password }),
  },
  {
    route: 'POST /api/v1/auth/login',
    types: ['TokenIssued'],
    body: ({ email, password: it }) => ({ email, password: it }),
  },
  { route: 'POST /api/v1/auth/refresh', types: ['TokenRotated'], body: ({ pair }) => pair },
  { route: 'POST /api/v1/auth/logout', types: ['TokenRevoked'], body: ({ pair }) => pair },
  { route: 'POST /api/v1/auth/logout/all', types: ended },
  { route: 'DELETE /api/v1/auth/me', types: ['UserErased', ...ended], body: password },
  { route: 'PATCH /api/v1/auth/devices/{session_id}', types: ['DeviceRenamed'], body: () => ({ device_name: 'Work' }) },
  { route: 'DELETE /api/v1/auth/devices/{session_id}', types: ['TokenRevoked'] },
  {
    route: 'POST /api/v1/auth/password/change',
    types: ['PasswordChanged', ...ended, 'TokenIssued'],
    body: (user) => ({ current_password: user.password, new_password: NEW_PASSWORD }),
  },
  {
    route: 'POST /api/v1/auth/password/forgot',
    by: 'anonymous',
    types: ['PasswordResetRequested'],
    body: ({ email }) => ({ email }),
    follows: true,
  },
  {
    route: 'POST /api/v1/auth/password/reset',
    types: ['PasswordChanged', ...ended, 'EmailVerified'],
    before: ({ email }) => app.api.post('password/forgot', { email }),
    body: async (user) => ({ ...(await asked('PasswordResetRequested')(user)), new_password: NEW_PASSWORD }),
  },
  { route: 'POST /api/v1/auth/email/verify/request', types: ['EmailVerificationRequested'] },
  { route: 'POST /api/v1/auth/email/verify', types: ['EmailVerified'], body: asked('EmailVerificationRequested') },
  { route: `DELETE ${ADMIN}/devices/{session_id}`, by: 'admin', types: ['TokenRevoked'] },
  { route: `POST ${ADMIN}/logout`, by: 'admin', types: ended },
  { route: `POST ${ADMIN}/disable`, by: 'admin', types: ['UserDisabled', ...ended] },
  {
    route: `POST ${ADMIN}/enable`,
    by: 'admin',
    types: ['UserEnabled'],
    before: (user) => send(`POST ${ADMIN}/disable`, user, {}),
  },
  { route: `POST ${ADMIN}/erase`, by: 'admin', types: ['UserErased', ...ended] },
  { route: `PUT ${ADMIN}/roles/{role}`, by: 'admin', types: ['RoleGranted'] },
  {
    route: `DELETE ${ADMIN}/roles/{role}`,
    by: 'admin',
    types: ['RoleRevoked'],
    before: (user) => send(`PUT ${ADMIN}/roles/{role}`, user, {}),
  },
  { route: `POST ${ADMIN}/password-reset`, by: 'admin', types: ['PasswordResetRequested'] },
  {
    route: 'POST /oauth2/token',
    types: ['TokenRotated'],
    body: ({ pair }) => ({ grant_type: 'refresh_token', refresh_token: pair.refresh_token }),
  },
  { route: 'POST /oauth2/revoke', types: ['TokenRevoked'], body: ({ pair }) => ({ token: pair.access_token }) },
];

/** Sends a change of that user, or of an administrator about them. */
function send(route: string, { userId, pair }: SignedIn, body: object): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ');
  const address = path.replace('{id}', userId).replace('{session_id}', pair.session_id).replace('{role}', 'auditor');
  const isForm = path.startsWith('/oauth2/');
  const bearer = path.startsWith('/api/v1/admin/') ? admin.pair : pair;
  return app.api.request(address, {
    method,
    headers: {
      ...(isForm ? {} : { authorization: `Bearer ${bearer.access_token}`, 'content-type': 'application/json' }),
    },
    body: isForm ? new URLSearchParams(body as Record<string, string>) : JSON.stringify(body),
  });
}

describe('every change over HTTP', () => {
  it('is in this table', () => {
    const changing = PUBLIC_ROUTES.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
    const known = [...CHANGES.map(({ route }) => route), ...READ_ONLY];
    expect(known.sort()).toEqual([...changing].sort());
  });

  it.each(CHANGES)('$route is $types, by who asked', async ({ route, types, by, body, before, follows }) => {
    const user = await signedInUser(app);
    await before?.(user);
    const input = (await body?.(user)) ?? {};
    const begin = (await wholeLog(app)).length;
    const { status, text } = await send(route, user, input);
    if (status >= 300) throw new Error(`${route} answered ${status}: ${text}`);
    const more = async (): Promise<[string, string][]> =>
      (await wholeLog(app))
        .slice(begin)
        .filter(({ actor, event }) => actor !== 'system' && !event.type.startsWith('Mail'))
        .map(({ event, actor }) => [event.type, actor]);
    if (follows) await eventually('it is in the log', async () => (await more()).length >= types.length);
    const actor = by === 'admin' ? `admin:${admin.userId}` : (by ?? 'user');
    expect(await more()).toEqual(types.map((type) => [type, actor]));
  });

  it('has the id of its event in the order of time (UUID version 7)', async () => {
    const user = await signedInUser(app);
    const { body: next } = await app.api.post('refresh', user.pair);
    await app.api.post('refresh', next);
    const events = (await wholeLog(app)).filter(({ stream }) => stream.kind === 'token' && stream.userId === user.userId);
    expect(events.map(({ event }) => event.type)).toEqual(['TokenIssued', 'TokenRotated', 'TokenRotated']);
    for (const { id, occurredAt } of events) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      // The first 48 bits are milliseconds since 1970 (RFC 9562 §5.7).
      const milliseconds = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
      expect(Math.abs(milliseconds - occurredAt)).toBeLessThan(60_000);
    }
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
  });
});
