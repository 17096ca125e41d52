import { problem, type FakeAnswer, type FakeRequest, type FakeRoute } from './fake-answer.js';
import type { FakeWorld } from './fake-world.js';

const EVENTS = 100;

/** The list of devices and what ends or renames them, by the script. */
export function deviceRoutes(world: FakeWorld): FakeRoute[] {
  const refused = ({ body }: FakeRequest): FakeAnswer | null => {
    if (!world.needsPassword) return null;
    if (body.password === undefined) return problem(403, 'reauthentication_required');
    return body.password === world.password ? null : problem(401, 'invalid_credentials');
  };
  const end = (sid: string, reason: string): void => {
    const device = world.devices.find(({ session_id: id }) => id === sid);
    if (device === undefined) return;
    world.devices = world.devices.filter((other) => other !== device);
    const { session_id, device_id, device_name } = device;
    world.ended.unshift({ session_id, device_id, device_name, ended_at: new Date().toISOString(), reason });
  };

  return [
    [
      /^GET \/devices$/,
      ({ query }) => {
        if (world.current === null) return problem(401, 'token_revoked');
        const limit = Number(query.get('limit') ?? 100);
        const begin = Number(query.get('after') ?? 0);
        const devices = world.devices
          .slice(begin, begin + limit)
          .map((device) => ({ ...device, current: device.session_id === world.current }));
        const next = begin + limit < world.devices.length ? String(begin + limit) : null;
        return { status: 200, body: { devices, recently_ended: begin === 0 ? world.ended : [], next } };
      },
    ],
    [
      /^GET \/devices\/([\w-]+)\/events$/,
      ({ query }, sid) => {
        const all = world.events.get(sid) ?? [];
        const before = Number(query.get('before') ?? all.length);
        const begin = all.length - before;
        const events = all.slice(begin, begin + EVENTS);
        return { status: 200, body: { events, next: before > EVENTS ? before - EVENTS : null } };
      },
    ],
    [
      /^PATCH \/devices\/([\w-]+)$/,
      ({ body }, sid) => {
        const device = world.devices.find(({ session_id: id }) => id === sid);
        if (device === undefined) return problem(404, 'not_found');
        const name = String(body.device_name);
        if (/[\u202a-\u202e]/.test(name)) {
          const errors = [{ path: 'device_name', message: 'has characters that cannot be shown' }];
          return problem(422, 'validation_failed', { errors });
        }
        device.device_name = name === '' ? null : name;
        return { status: 204 };
      },
    ],
    [
      /^DELETE \/devices\/([\w-]+)$/,
      (request, sid) => {
        if (!world.devices.some(({ session_id: id }) => id === sid)) return problem(404, 'not_found');
        const refusal = refused(request);
        if (refusal !== null) return refusal;
        end(sid, 'device_removed');
        return { status: 204 };
      },
    ],
    [
      /^POST \/logout\/all$/,
      (request) => {
        const refusal = refused(request);
        if (refusal !== null) return refusal;
        for (const { session_id: sid } of [...world.devices])
          if (request.body.keep_current !== true || sid !== world.current) end(sid, 'logout_all');
        if (request.body.keep_current !== true) world.current = null;
        return { status: 204 };
      },
    ],
  ];
}
