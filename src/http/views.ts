import { z } from 'zod';
import type { TokenPair } from '../commands/commands.js';
import { isoOf, type Instant } from '../domain/instant.js';

const time = z.iso.datetime().describe('ISO 8601 in UTC');
const seconds = z.int().min(0);

/** Instants are numbers inside and ISO 8601 outside. */
export const timeView = (instant: Instant): string => isoOf(instant);

export const TokenPairView = z.object({
  access_token: z.string(),
  refresh_token: z.string().optional().describe('Missing in cookie mode.'),
  token_type: z.literal('bearer'),
  expires_in: seconds.describe('Seconds until the access token expires.'),
  refresh_expires_in: seconds.describe('Seconds until the session ends if it is not refreshed.'),
  refresh_grace_seconds: z.number().min(0).describe('Seconds in which the refresh token may be presented again.'),
  session_id: z.uuid(),
  device_id: z.guid(),
});

/** The token pair (RFC 6749 §5.1) with what else a client needs of its session; without the token that is in a cookie. */
export function tokenPairView(tokens: TokenPair, inCookie: boolean): z.input<typeof TokenPairView> {
  return {
    access_token: tokens.accessToken,
    ...(inCookie ? {} : { refresh_token: tokens.refreshToken }),
    token_type: 'bearer',
    expires_in: tokens.expiresIn,
    refresh_expires_in: tokens.refreshExpiresIn,
    refresh_grace_seconds: tokens.refreshGraceSeconds,
    session_id: tokens.sid,
    device_id: tokens.deviceId,
  };
}

export const UserView = z.object({ user_id: z.uuid(), email: z.string() });

export const MeView = z.object({
  user_id: z.uuid(),
  email: z.string().nullable(),
  email_verified: z.boolean(),
  name: z.string().nullable(),
  roles: z.array(z.string()),
  created_at: time,
});

const adminUser = {
  user_id: z.uuid(),
  email: z.string().nullable().describe('Null once the account is erased.'),
  email_verified: z.boolean(),
  name: z.string().nullable(),
  status: z.enum(['active', 'disabled', 'erased', 'abandoned']),
  roles: z.array(z.string()),
  created_at: time,
};

export const AdminUserView = z.object({ ...adminUser, active_sessions: z.int().min(0) });

export const AdminUsersView = z.object({
  users: z.array(z.object(adminUser)),
  next: z.uuid().nullable().describe('Send it as `after` for the next page; null after the last.'),
});

const DeviceView = z.object({
  session_id: z.uuid(),
  device_id: z.guid(),
  device_name: z.string().nullable(),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  issued_at: time,
  last_used_at: time,
  expires_at: time,
  generation: z.int(),
  current: z.boolean().describe('Whether it is the session that asks.'),
  contested: z.boolean().describe('Whether two clients have used its token.'),
});

const EndedSessionView = z.object({
  session_id: z.uuid(),
  device_id: z.guid(),
  device_name: z.string().nullable(),
  ended_at: time,
  reason: z.string(),
});

export const DevicesView = z.object({
  devices: z.array(DeviceView),
  recently_ended: z.array(EndedSessionView),
  next: z.string().nullable().describe('Send it as `after` for the next page; null after the last.'),
});

export const DeviceEventsView = z.object({
  events: z.array(
    z.object({
      type: z.string(),
      occurred_at: time,
      generation: z.int(),
      ip: z.string().nullable(),
      user_agent: z.string().nullable(),
      reason: z.string().nullable(),
      contested: z.boolean(),
    }),
  ),
  next: z.int().nullable().describe('Send it as `before` for the next page; null after the last.'),
});

export const JwksView = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string(), alg: z.string() })) });
export const HealthView = z.object({ status: z.literal('ok') });

/** RFC 6749 §5.1. */
export const OAuthTokenView = z.object({
  access_token: z.string(),
  token_type: z.enum(['bearer', 'DPoP']),
  expires_in: seconds.describe('Seconds until the access token expires.'),
  refresh_token: z.string(),
  scope: z.string().optional().describe('`session`, where the request asks for a scope.'),
});

const numericDate = z.int().describe('Seconds since 1970 (RFC 7519 §2)');

/** RFC 7662 §2.2. */
export const IntrospectionView = z.object({
  active: z.boolean().describe('False for every token that is not good now; nothing else is said of it.'),
  iss: z.string().optional(),
  sub: z.uuid().optional(),
  client_id: z.string().optional(),
  jti: z.string().optional(),
  iat: numericDate.optional(),
  exp: numericDate.optional(),
  token_type: z.enum(['Bearer', 'DPoP']).optional().describe('Of an access token.'),
  sid: z.uuid().optional(),
  device_id: z.guid().optional(),
  roles: z.array(z.string()).readonly().optional(),
  auth_time: numericDate.optional(),
  cnf: z.object({ jkt: z.string() }).optional().describe('The key that the token is bound to (RFC 9449 §6.2).'),
});

/** RFC 8414 §2. */
export const ServerMetadataView = z.object({
  issuer: z.url(),
  jwks_uri: z.url(),
  token_endpoint: z.url(),
  revocation_endpoint: z.url(),
  introspection_endpoint: z.url(),
  response_types_supported: z.array(z.string()).describe('None: there is no authorization endpoint.'),
  grant_types_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  revocation_endpoint_auth_methods_supported: z.array(z.string()),
  introspection_endpoint_auth_methods_supported: z.array(z.string()),
  dpop_signing_alg_values_supported: z.array(z.string()),
  service_documentation: z.url(),
});
