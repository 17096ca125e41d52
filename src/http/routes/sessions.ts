import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Bearer } from '../../commands/commands.js';
import type { HistoryEntry } from '../../queries/device-history.js';
import type { DeviceView } from '../../queries/queries.js';
import type { SessionDocument } from '../../read-model/documents.js';
import { bearerOf } from '../bearer.js';
import type { HttpDependencies } from '../dependencies.js';
import type { LogPositions } from '../log-position.js';
import { Problem } from '../problem.js';
import { originOf } from '../request-context.js';
import { HistoryQuery, SessionId } from '../schemas.js';

/** What signed-in users see of themselves and their devices. */
export function sessionRoutes(
  router: Router,
  { commands, queries, history }: HttpDependencies,
  positions: LogPositions,
): void {
  /** The bearer, once the read model shows what they ask for. */
  async function asker(ctx: Context): Promise<Bearer> {
    const bearer = await bearerOf(ctx, commands);
    await positions.awaited(ctx, bearer);
    return bearer;
  }

  async function sessionOf(ctx: Context, bearer: Bearer): Promise<SessionDocument> {
    const sid = SessionId.safeParse((ctx.params as Record<string, string>).sessionId);
    const session = sid.success ? await queries.session(bearer, sid.data) : null;
    if (session === null) throw new Problem('not_found');
    return session;
  }

  router.get('/api/v1/auth/me', async (ctx) => {
    const account = await queries.me(await asker(ctx));
    // The session is alive by the log, so there is such a user: the read model does not show it yet.
    if (account === null) throw new Problem('not_yet_visible', { headers: { 'Retry-After': '1' } });
    ctx.body = {
      user_id: account.userId,
      email: account.email,
      email_verified: account.emailVerified,
      roles: account.roles,
    };
  });

  router.get('/api/v1/auth/devices', async (ctx) => {
    const devices = await queries.devices(await asker(ctx));
    ctx.body = { devices: devices.map(deviceView) };
  });

  router.delete('/api/v1/auth/devices/:sessionId', async (ctx) => {
    const bearer = await asker(ctx);
    const { id: sid, deviceId } = await sessionOf(ctx, bearer);
    const removal = await commands.removeSession(bearer, { sid, deviceId }, originOf(ctx));
    if (removal.outcome === 'not_found') throw new Problem('not_found');
    positions.tell(ctx, removal.position, bearer.userId);
    ctx.status = 204;
  });

  router.get('/api/v1/auth/devices/:sessionId/events', async (ctx) => {
    const query = HistoryQuery.safeParse(ctx.query);
    if (!query.success)
      throw new Problem('validation_failed', { errors: [{ path: 'before', message: 'must be one number' }] });
    const session = await sessionOf(ctx, await asker(ctx));
    const { events, next } = await history.page(session, query.data.before);
    ctx.body = { events: events.map(entryView), next };
  });
}

function deviceView(device: DeviceView): object {
  return {
    session_id: device.sid,
    device_id: device.deviceId,
    device_name: device.deviceName,
    ip: device.ip,
    user_agent: device.userAgent,
    issued_at: device.issuedAt,
    last_used_at: device.lastUsedAt,
    expires_at: device.expiresAt,
    generation: device.generation,
    current: device.current,
  };
}

function entryView({ type, occurredAt, generation, ip, userAgent }: HistoryEntry): object {
  return { type, occurred_at: occurredAt, generation, ip, user_agent: userAgent };
}
