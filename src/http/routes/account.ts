import { z } from 'zod';
import type { HttpServices } from '../dependencies.js';
import { notYetVisible } from '../log-positions.js';
import { withPassword } from '../password-check.js';
import { defineRoute, type Route } from '../routing/route.js';
import { GivenPassword } from '../schemas.js';
import { MeView, timeView } from '../views.js';
import { CLEAR_CACHE } from './sign-out.js';

/** What users see of their account, and how they delete it. */
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
      if (account === null) throw notYetVisible();
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
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/auth/me',
    summary: 'Delete my account',
    description:
      'For good: all sessions end at once, the personal data become unreadable and the address is free again. Always needs the password.',
    tag: 'accounts',
    // Some proxies drop the body of a DELETE: then the answer names what is missing.
    input: { body: z.object({ password: GivenPassword }), bodyIsOptional: true },
    outputs: { 204: 'empty' },
    problems: ['validation_failed', 'invalid_credentials', 'too_many_requests'],
    errorFormat: 'problem',
    who: 'bearer',
    limit: 'mutation',
    cookies: true,
    droppable: true,
    handler: async (request, services: HttpServices) => {
      const { ctx, bearer, body, source } = request;
      const { commands, cookie, genuineToken, metrics } = services;
      const { userId } = bearer;
      const { position } = await withPassword(request, body.password, services, () =>
        commands.deleteAccount(bearer, body, source),
      );
      metrics.ended('erased');
      if (cookie.values(ctx).some((token) => genuineToken(token)?.userId === userId)) cookie.clear(ctx);
      return { status: 204, position: { position, userId }, headers: CLEAR_CACHE };
    },
  }),
];
