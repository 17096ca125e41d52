import type { CommandContext } from '../commands/context.js';
import type { HttpQueries } from '../http/dependencies.js';
import { authenticate } from '../queries/authenticate.js';
import { DeviceHistory } from '../queries/device-history.js';
import { introspect } from '../queries/introspect.js';
import { Queries } from '../queries/queries.js';

/** What the HTTP interface may ask for, on one context. */
export function httpQueries(context: CommandContext): HttpQueries {
  const queries = new Queries(context);
  const history = new DeviceHistory(context);
  return {
    authenticate: (accessToken) => authenticate(context, accessToken),
    introspect: (token) => introspect(context, token),
    me: (bearer) => queries.me(bearer),
    devices: (bearer, { limit, after }) => queries.devices(bearer, { limit, ...(after === null ? {} : { after }) }),
    session: async (bearer, sid) => {
      const session = await queries.session(bearer, sid);
      return session && { sid: session.id, deviceId: session.deviceId };
    },
    deviceEvents: ({ userId }, { deviceId }, before) => history.page({ userId, deviceId }, before ?? undefined),
  };
}
