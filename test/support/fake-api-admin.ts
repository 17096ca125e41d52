import { problem, type FakeAnswer, type FakeRequest, type FakeRoute } from './fake-answer.js';
import type { FakeUser, FakeWorld } from './fake-world.js';

const AN_ADMIN_PATH = /^\w+ \/api\/v1\/admin\//;
const OF_USER = String.raw`\/api\/v1\/admin\/users\/([\w-]+)`;

/** What administrators see and do, by the script. A role that was revoked does not hold from the next request on. */
export function adminRoutes(world: FakeWorld): FakeRoute[] {
  const refused = ({ body }: FakeRequest): FakeAnswer | null => {
    if (!world.needsPassword) return null;
    if (body.password === undefined) return problem(403, 'reauthentication_required');
    return body.password === world.password ? null : problem(401, 'invalid_credentials');
  };
  const sessionsOf = (id: string) => world.sessions.get(id) ?? { active: [], ended: [] };
  const endAll = (id: string, reason: string): void => {
    const { active, ended } = sessionsOf(id);
    const now = active.map(({ session_id, device_id, device_name }) => ({
      ...{ session_id, device_id, device_name, reason },
      ended_at: new Date().toISOString(),
    }));
    world.sessions.set(id, { active: [], ended: reason === 'erased' ? [] : [...now, ...ended] });
  };
  /** A change of one account; `needsPassword` as the real server has it. */
  const change =
    (act: (user: FakeUser, request: FakeRequest) => FakeAnswer | undefined, needsPassword = true): FakeRoute[1] =>
    (request, id) => {
      const user = world.users.find((it) => it.user_id === id);
      if (user === undefined) return problem(404, 'not_found');
      return (needsPassword ? refused(request) : null) ?? act(user, request) ?? { status: 204 };
    };
  const onUser = (method: string, rest: string): RegExp => new RegExp(`^${method} ${OF_USER}${rest}$`);

  return [
    [AN_ADMIN_PATH, () => (world.roles.includes('admin') ? undefined : problem(403, 'forbidden'))],
    [
      /^GET \/api\/v1\/admin\/users$/,
      ({ query }) => {
        const email = query.get('email');
        if (email !== null) {
          if (!email.includes('@'))
            return problem(422, 'validation_failed', { errors: [{ path: 'email', message: 'must be an e-mail address' }] });
          return { status: 200, body: { users: world.users.filter((user) => user.email === email), next: null } };
        }
        const limit = Number(query.get('limit') ?? 100);
        const begin = world.users.findIndex((user) => user.user_id === query.get('after')) + 1;
        const users = world.users.slice(begin, begin + limit);
        const next = begin + limit < world.users.length ? (users.at(-1)?.user_id ?? null) : null;
        return { status: 200, body: { users, next } };
      },
    ],
    [
      onUser('GET', ''),
      (_, id) => {
        const user = world.users.find((it) => it.user_id === id);
        if (user === undefined) return problem(404, 'not_found');
        return { status: 200, body: { ...user, active_sessions: sessionsOf(id).active.length } };
      },
    ],
    [
      onUser('GET', '/devices'),
      ({ query }, id) => {
        const { active, ended } = sessionsOf(id);
        const limit = Number(query.get('limit') ?? 100);
        const begin = Number(query.get('after') ?? 0);
        const devices = active
          .slice(begin, begin + limit)
          .map((device) => ({ ...device, current: device.session_id === world.current }));
        const next = begin + limit < active.length ? String(begin + limit) : null;
        return { status: 200, body: { devices, recently_ended: begin === 0 ? ended : [], next } };
      },
    ],
    [
      onUser('DELETE', '/devices/[\\w-]+'),
      change((user, { path }) => {
        const sid = path.split('/').at(-1);
        const { active, ended } = sessionsOf(user.user_id);
        const session = active.find(({ session_id: it }) => it === sid);
        if (session === undefined) return problem(404, 'not_found');
        const { session_id, device_id, device_name } = session;
        const gone = { session_id, device_id, device_name, ended_at: new Date().toISOString(), reason: 'admin' };
        world.sessions.set(user.user_id, { active: active.filter((it) => it !== session), ended: [gone, ...ended] });
        return undefined;
      }),
    ],
    [
      onUser('POST', '/logout'),
      change((user) => {
        endAll(user.user_id, 'admin');
        return undefined;
      }),
    ],
    [
      onUser('POST', '/disable'),
      change((user) => {
        user.status = 'disabled';
        endAll(user.user_id, 'disabled');
        return undefined;
      }),
    ],
    [
      onUser('POST', '/enable'),
      change((user) => {
        user.status = 'active';
        return undefined;
      }, false),
    ],
    [
      onUser('POST', '/erase'),
      change((user) => {
        Object.assign(user, { status: 'erased', email: null, name: null, roles: [] });
        endAll(user.user_id, 'erased');
        return undefined;
      }),
    ],
    [onUser('POST', '/password-reset'), change(() => ({ status: 202 }), false)],
    [
      onUser('(?:PUT|DELETE)', '/roles/\\w+'),
      change((user, { method, path }) => {
        const role = path.split('/').at(-1)!;
        user.roles = user.roles.filter((it) => it !== role);
        if (method === 'PUT') user.roles.push(role);
        if (user.user_id === world.userId) world.roles = user.roles;
        return undefined;
      }, false),
    ],
  ];
}
