/** What the pictures in docs/ and the examination by axe show: worlds that are hard on a layout. */
import type { FakeDevice, FakeEvent, FakeWorld } from './fake-world.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const AGENTS = {
  chrome: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  iphone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
  firefox: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  script: 'python-requests/2.32',
} as const;

const AT_HOME = '203.0.113.8';
const ELSEWHERE = '198.51.100.23';

export const ago = (milliseconds: number): string => new Date(Date.now() - milliseconds).toISOString();

/** An event of somebody at home with Chrome, unless it says otherwise. */
export function event(type: string, msAgo: number, generation: number, more: Partial<FakeEvent> = {}): FakeEvent {
  const base = { ip: AT_HOME, user_agent: AGENTS.chrome, reason: null, contested: false };
  return { type, occurred_at: ago(msAgo), generation, ...base, ...more };
}

/** How long ago noon of a day was, some minutes later: no midnight comes between. */
export const at = (daysAgo: number, minutes = 0): number =>
  Date.now() - (new Date().setUTCHours(12, 0, 0, 0) - daysAgo * DAY_MS + minutes * 60_000);

/** A session whose token was copied at generation 4: a script went on with it, and then its owner came with the old one. Newest first. */
export function theft(): FakeEvent[] {
  const nowhere = { ip: null, user_agent: null };
  const script = { ip: ELSEWHERE, user_agent: AGENTS.script };
  return [
    event('TokenRevoked', at(1, 200), 7, { ...nowhere, reason: 'reuse' }),
    event('TokenReuseDetected', at(1, 200), 7),
    ...[7, 6, 5].map((generation) => event('TokenRotated', at(1, 20 * generation), generation, script)),
    ...[4, 3, 2, 1].map((generation) => event('TokenRotated', at(3 - Math.floor(generation / 2), generation), generation)),
    event('TokenIssued', at(3), 0),
  ];
}

/** A theft that ended a session, a device with a German name, one with a Hebrew one, one without a name, one in two places. */
export function five(world: FakeWorld): void {
  world.devices = [
    named(world, 'Arbeitsunfähigkeitsbescheinigungsdrucker im Rindfleischetikettierungsamt', AGENTS.firefox, 3 * HOUR_MS),
    named(world, 'הטלפון של עדה', AGENTS.iphone, 20 * 60_000),
    named(world, null, AGENTS.iphone, 2 * DAY_MS),
    world.device({
      device_name: 'Family tablet',
      user_agent: AGENTS.chrome,
      contested: true,
      last_used_at: ago(5 * HOUR_MS),
    }),
  ];
  const stolen = world.device({ device_name: 'Old laptop' });
  world.ended = [
    { ...stolen, ended_at: ago(at(1, 200)), reason: 'reuse' },
    { ...world.device({ device_name: 'Library, second floor' }), ended_at: ago(DAY_MS), reason: 'device_removed' },
    { ...world.device(), ended_at: ago(4 * DAY_MS), reason: 'idle' },
    { ...world.device({ device_name: 'Phone' }), ended_at: ago(9 * DAY_MS), reason: 'absolute' },
  ].map(({ session_id, device_id, device_name, ended_at, reason }) => ({
    session_id,
    device_id,
    device_name,
    ended_at,
    reason,
  }));
  world.events.set(stolen.session_id, theft());
}

export function many(world: FakeWorld, count: number): void {
  const names = [null, 'Phone', 'מחשב נייד', 'Donaudampfschifffahrtsgesellschaftskapitänskajüte'];
  world.devices = Array.from({ length: count }, (_, index) => {
    const name = names[index % names.length] ?? null;
    const agent = Object.values(AGENTS)[index % 4]!;
    return named(world, name === null ? null : `${name} ${index + 1}`, agent, (index + 1) * 2 * HOUR_MS);
  });
}

function named(world: FakeWorld, name: string | null, agent: string, usedAgo: number): FakeDevice {
  return world.device({
    device_name: name,
    user_agent: agent,
    last_used_at: ago(usedAgo),
    issued_at: ago(usedAgo + DAY_MS),
  });
}
