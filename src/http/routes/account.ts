import type { HttpServices } from '../dependencies.js';
import { Problem } from '../problem.js';
import { defineRoute, type Route } from '../routing/route.js';
import { MeView, timeView } from '../views.js';

/** What users see of their account. */
export const accountRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/auth/me',
    summary: 'Who am I',
    description: 'The account of the access token.',
    tag: 'accounts',
    input: {},
    outputs: { 200: MeView },
    problems: ['not_yet_visible', 'invalid_log_position'],
    errorFormat: 'problem',
    who: 'bearer',
    awaitsPosition: true,
    handler: async ({ bearer }, { queries }: HttpServices) => {
      const account = await queries.me(bearer);
      // By the log the session is alive, so there is this user: the read model does not show it yet.
      if (account === null) throw new Problem('not_yet_visible', { headers: { 'Retry-After': '1' } });
      const body = {
        user_id: account.userId,
        email: account.email,
        email_verified: account.emailVerified,
        name: account.name,
        roles: account.roles,
        created_at: timeView(account.createdAt),
      };
      return { status: 200, body };
    },
  }),
];
