import { randomUUID } from 'node:crypto';
import { problem, type FakeAnswer, type FakeRequest, type FakeRoute } from './fake-answer.js';
import type { FakeWorld } from './fake-world.js';

const COOKIE = '__Secure-tokenledger-fake';

/** Registration, sign-in, refresh, sign-out and the password, by the script. */
export function accountRoutes(world: FakeWorld): FakeRoute[] {
  const pair = (more: object = {}, remember = true): FakeAnswer => {
    const current = world.devices.find(({ session_id: sid }) => sid === world.current)!;
    const age = remember ? '; Max-Age=604800' : '';
    return {
      status: 200,
      headers: { 'set-cookie': `${COOKIE}=refresh; Path=/api/v1/auth; Secure; HttpOnly; SameSite=Strict${age}` },
      body: {
        access_token: `access-${randomUUID()}`,
        token_type: 'bearer',
        expires_in: 1_800,
        refresh_expires_in: 604_800,
        refresh_grace_seconds: 30,
        session_id: current.session_id,
        device_id: current.device_id,
        ...more,
      },
    };
  };
  const begin = (request: FakeRequest, device: { id?: unknown; name?: unknown }): void => {
    const made = world.device({
      user_agent: request.headers['user-agent'] ?? null,
      ip: '127.0.0.1',
      issued_at: new Date().toISOString(),
      ...(typeof device.id === 'string' && { device_id: device.id }),
      ...(typeof device.name === 'string' && { device_name: device.name }),
    });
    world.devices.unshift(made);
    world.current = made.session_id;
  };
  const tooShort = (path: string): FakeAnswer =>
    problem(422, 'validation_failed', { errors: [{ path, message: 'must have 12 to 128 characters' }] });
  const isLong = (value: unknown): boolean => typeof value === 'string' && value.length >= 12;

  return [
    [
      /^POST \/register$/,
      ({ body }) => {
        if (!isLong(body.password)) return tooShort('password');
        if (body.email === world.email) return problem(409, 'email_taken');
        world.email = String(body.email);
        world.password = String(body.password);
        return { status: 201, body: { user_id: randomUUID(), email: world.email } };
      },
    ],
    [
      /^POST \/login$/,
      (request) => {
        const { body } = request;
        if (body.email !== world.email || body.password !== world.password) return problem(401, 'invalid_credentials');
        begin(request, { id: body.device_id, name: body.device_name });
        return pair({}, body.remember !== false);
      },
    ],
    [/^POST \/refresh$/, () => (world.current === null ? problem(401, 'token_revoked') : pair())],
    [
      /^POST \/logout$/,
      () => {
        world.devices = world.devices.filter(({ session_id: sid }) => sid !== world.current);
        world.current = null;
        return { status: 204, headers: { 'set-cookie': `${COOKIE}=; Path=/api/v1/auth; Secure; Max-Age=0` } };
      },
    ],
    [
      /^GET \/me$/,
      () =>
        world.current === null
          ? problem(401, 'token_revoked')
          : {
              status: 200,
              body: {
                user_id: world.userId,
                email: world.email,
                email_verified: world.verified,
                name: null,
                roles: world.roles,
                created_at: new Date().toISOString(),
              },
            },
    ],
    [
      /^POST \/password\/change$/,
      (request) => {
        if (request.body.current_password !== world.password) return problem(401, 'invalid_credentials');
        if (!isLong(request.body.new_password)) return tooShort('new_password');
        world.password = String(request.body.new_password);
        const device = world.devices.find(({ session_id: sid }) => sid === world.current);
        world.devices = [];
        begin(request, { id: device?.device_id, name: device?.device_name });
        return pair();
      },
    ],
    [
      /^DELETE \/me$/,
      ({ body }) => {
        if (body.password !== world.password) return problem(401, 'invalid_credentials');
        world.devices = [];
        world.current = null;
        world.email = null;
        return { status: 204, headers: { 'set-cookie': `${COOKIE}=; Path=/api/v1/auth; Secure; Max-Age=0` } };
      },
    ],
    [/^POST \/email\/verify\/request$/, () => ({ status: 202 })],
    [/^POST \/password\/forgot$/, () => (world.sendsMail ? { status: 202 } : problem(404, 'not_found'))],
  ];
}
