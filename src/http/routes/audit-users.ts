import { z } from 'zod';
import { UnknownPositionError } from '../../audit/context.js';
import type { TimelineEntry } from '../../audit/timeline.js';
import { parseInstant } from '../../domain/parse-instant.js';
import { isPosition } from '../../event-store/position.js';
import { StateView, TheftView, TimelineView } from '../audit-views.js';
import type { HttpServices } from '../dependencies.js';
import { Problem } from '../problem.js';
import { LIST_USERS, SHOW_USER } from '../read-users.js';
import { defineRoute, type Route } from '../routing/route.js';
import { UserParams, wholeNumber } from '../schemas.js';

const MAX_ITEMS = 100;
const AUDITOR = { role: 'auditor' } as const;

/** As for the operator's tool. In a query a plus sign that is not encoded is a blank. */
const Time = z
  .string()
  .transform((text, context) => {
    const instant = parseInstant(text.replace(' ', '+'));
    if (instant !== null) return instant;
    context.addIssue({ code: 'custom', message: 'must be a time in ISO 8601, for example 2026-01-01T00:00:00Z' });
    return z.NEVER;
  })
  .meta({ format: 'date-time' });
const Limit = wholeNumber(1, MAX_ITEMS).optional();

/** What each of these routes has in common. They only read. */
const READ = {
  method: 'GET',
  tag: 'audit',
  problems: ['not_found', 'validation_failed', 'forbidden', 'not_yet_visible', 'invalid_log_position'],
  errorFormat: 'problem',
  who: AUDITOR,
  awaitsPosition: true,
} as const;

/** What auditors ask about a user, answered from the log. */
export const auditUserRoutes: readonly Route<HttpServices>[] = [
  defineRoute({ ...LIST_USERS, path: '/api/v1/audit/users', tag: 'audit', who: AUDITOR }),
  defineRoute({ ...SHOW_USER, path: '/api/v1/audit/users/{id}', tag: 'audit', who: AUDITOR }),
  defineRoute({
    ...READ,
    path: '/api/v1/audit/users/{id}/timeline',
    summary: 'What happened to a user',
    description:
      'The events of the account and of all devices, oldest first, each with what it means in words. `from` and `to` are instants or ' +
      'dates (their beginning in UTC); both are included.',
    input: {
      params: UserParams,
      query: z.object({
        from: Time.optional(),
        to: Time.optional(),
        after: z.string().refine(isPosition, 'must be `next` of the page before').optional(),
        limit: Limit,
      }),
    },
    outputs: { 200: TimelineView },
    handler: async ({ params, query }, services: HttpServices) => {
      const { from, to, after, limit = MAX_ITEMS } = query;
      const range = {
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(after === undefined ? {} : { after }),
      };
      const found: TimelineEntry[] = [];
      const userId = await known(params.id, services);
      // With the first page: a long timeline need not say it again.
      const destroyed = after === undefined ? await services.userAudit.destroyedStreams(userId) : [];
      for await (const entry of services.userAudit.timeline(userId, range)) {
        found.push(entry);
        if (found.length > limit) break;
      }
      const items = found.slice(0, limit);
      const next = found.length > limit ? (items.at(-1)?.position ?? null) : null;
      const missing = destroyed.length === 0 ? {} : { destroyed_streams: [...destroyed] };
      return { status: 200, body: { items, next, ...missing } };
    },
  }),
  defineRoute({
    ...READ,
    path: '/api/v1/audit/users/{id}/state',
    summary: 'How a user stood at a moment',
    description:
      'The account and the devices that were signed in, at an instant or at a position (of a timeline, or a Log-Position). Default: now.',
    input: {
      params: UserParams,
      query: z
        .object({ at: Time.optional(), position: z.string().min(1).max(256).optional() })
        .refine(({ at, position }) => at === undefined || position === undefined, 'send `at` or `position`, not both'),
    },
    outputs: { 200: StateView },
    handler: async ({ params, query: { at, position } }, services: HttpServices) => {
      const userId = await known(params.id, services);
      const moment = position === undefined ? { at: at ?? services.now() } : { position };
      try {
        return { status: 200, body: await services.userAudit.state(userId, moment) };
      } catch (error) {
        if (error instanceof UnknownPositionError) throw new Problem('invalid_log_position');
        throw error;
      }
    },
  }),
  defineRoute({
    ...READ,
    path: '/api/v1/audit/users/{id}/theft',
    summary: 'Sessions of a user that two may have held',
    description: 'Oldest first: what each is taken for, who held it from when to when, and how long a thief could act.',
    input: {
      params: UserParams,
      query: z.object({ after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(), limit: Limit }),
    },
    outputs: { 200: TheftView },
    handler: async ({ params, query: { after = 0, limit = MAX_ITEMS } }, services: HttpServices) => {
      const found = await services.userAudit.theftsOf(await known(params.id, services));
      const items = found.slice(after, after + limit);
      return { status: 200, body: { items, next: after + limit < found.length ? String(after + limit) : null } };
    },
  }),
];

/** The id of a user that there is; throws `Problem` 404. */
async function known(id: string, { userAudit }: HttpServices): Promise<string> {
  const userId = await userAudit.find(id);
  if (userId === null) throw new Problem('not_found');
  return userId;
}
