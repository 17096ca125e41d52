/** What administrators look at in pictures and under axe: accounts that are hard on a layout. */
import { randomUUID } from 'node:crypto';
import type { FakeUser, FakeWorld } from './fake-world.js';
import { ADA } from './fake-page-suite.js';
import { AGENTS, ago, DAY_MS, HOUR_MS } from './page-scenes.js';

/** An account, active and without roles unless it says otherwise. */
export function user(more: Partial<FakeUser> = {}): FakeUser {
  const created_at = ago(40 * DAY_MS);
  const usual = { email_verified: true, name: null, status: 'active' as const, roles: [], created_at };
  return { user_id: randomUUID(), email: 'grace@example.com', ...usual, ...more };
}

/** Makes the account that signs in an administrator, who is in the list too. */
export function administrator(world: FakeWorld): FakeUser {
  world.roles = ['admin'];
  const own = user({ user_id: world.userId, email: ADA.email, name: 'Ada Lovelace', roles: world.roles });
  world.users = [own];
  return own;
}

/** Names in several scripts and lengths, each status, each role; returns the first, who has so many sessions. */
export function accounts(world: FakeWorld, sessions: number): FakeUser {
  const own = administrator(world);
  const first = user({
    email: 'grundstuecksverkehrsgenehmigungszustaendigkeit@rindfleischetikettierung.example',
    name: 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenstickerin',
    email_verified: false,
    roles: ['auditor', 'resource_server'],
    created_at: ago(3 * DAY_MS),
  });
  world.users = [
    first,
    user({ email: 'noa@example.com', name: 'נועה כהן', created_at: ago(5 * HOUR_MS) }),
    own,
    user({ email: 'layla@example.com', name: 'ليلى حداد', status: 'disabled' }),
    user({ email: null, status: 'erased', email_verified: false, created_at: ago(400 * DAY_MS) }),
    user({ email: 'no-name@example.com', email_verified: false }),
  ];
  withSessions(world, first.user_id, sessions);
  return first;
}

export function withSessions(world: FakeWorld, userId: string, count: number): void {
  const names = [null, 'Arbeitsunfähigkeitsbescheinigungsdrucker', 'הטלפון של עדה', 'Family tablet', null];
  const agents = Object.values(AGENTS);
  const active = Array.from({ length: count }, (_, index) =>
    world.device({
      device_name: names[index % names.length]!,
      user_agent: agents[index % agents.length]!,
      ip: index % 3 === 1 ? '2001:db8:85a3:8d3:1319:8a2e:370:7348' : '203.0.113.8',
      contested: index === 3,
      last_used_at: ago(index * 3 * HOUR_MS),
    }),
  );
  const reasons = ['idle', 'admin', 'reuse'];
  const ended = reasons.map((reason, index) => {
    const { session_id, device_id, device_name } = world.device({ device_name: names[index]! });
    return { session_id, device_id, device_name, reason, ended_at: ago((index + 1) * DAY_MS) };
  });
  world.sessions.set(userId, { active, ended });
}
