import { z } from 'zod';
import { amountOrNone, host, list, oneOf, origins, port, whole } from './checks.js';
import { networks } from './networks.js';
import { optional, withDefault } from './variable.js';

const ROLES = ['http', 'projector', 'scheduler'] as const;
/** What a process does. */
export type Role = (typeof ROLES)[number];

const TEN_YEARS_SECONDS = 315_360_000;

/** What concerns the process and its HTTP servers. */
export const SERVER_VARIABLES = {
  PORT: withDefault(port(), '8080', 'The port to listen on; 0 takes any that is free.'),
  HOST: withDefault(host(), '127.0.0.1', 'The address to listen on.'),
  OPERATIONS_PORT: withDefault(
    port(),
    '9464',
    'The port of metrics, readiness and the operator’s tool; 0 takes any that is free.',
  ),
  OPERATIONS_HOST: withDefault(host(), '127.0.0.1', 'The address of the same; keep it where clients cannot reach it.'),
  ALLOWED_ORIGINS: optional(
    origins(),
    'Origins of pages elsewhere that may use the interface (CORS with credentials), separated by commas. Cookie mode works for those of ' +
      'the issuer’s own site; others use storage mode.',
  ),
  TRUST_PROXY: withDefault(
    z
      .string()
      .regex(/^(true|false|\d{1,2})$/, 'must be true, false or the number of proxies')
      .transform((value) => (value === 'true' ? 1 : value === 'false' ? 0 : Number(value))),
    'false',
    'How many proxies in front add to X-Forwarded-For; `true` is one.',
  ),
  DRAIN_SECONDS: withDefault(
    amountOrNone(300),
    '0',
    'Seconds for which `/readyz` answers 503 before the server stops listening; 5 in the image.',
  ),
  HSTS_SECONDS: withDefault(
    whole(0, TEN_YEARS_SECONDS),
    '0',
    'The `max-age` of Strict-Transport-Security; 0 sends no header of that name.',
  ),
  ROLES: withDefault(
    list().pipe(z.array(z.enum(ROLES, { error: `must be some of ${ROLES.join(',')}` }))),
    ROLES.join(','),
    `What this process does: ${ROLES.join(', ')}, or some of them, separated by commas.`,
  ),
  LOG_LEVEL: withDefault(
    oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    'info',
    'From which level on lines are logged; requests that went well are at debug.',
  ),
  RATE_LIMIT_EXEMPT: optional(
    networks(),
    'Networks that are spared every limit of which a network is a part, separated by commas.',
  ),
} as const;
