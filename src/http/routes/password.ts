import type { Context } from 'koa';
import { z } from 'zod';
import type { Bearer } from '../../commands/commands.js';
import type { HttpServices } from '../dependencies.js';
import { checkPasswordLength } from '../new-password.js';
import { withPassword } from '../password-check.js';
import { Problem } from '../problem.js';
import { defineRoute, type Route } from '../routing/route.js';
import { GivenPassword, NewPassword } from '../schemas.js';
import { TokenPairView, tokenPairView } from '../views.js';

/** Changing the password. */
export const passwordRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/password/change',
    summary: 'Change the password',
    description: 'Ends all sessions and begins a new one on this device: no token of before goes on.',
    tag: 'accounts',
    input: { body: z.object({ current_password: GivenPassword, new_password: NewPassword }) },
    outputs: { 200: TokenPairView },
    problems: ['validation_failed', 'password_too_common', 'invalid_credentials', 'origin_refused', 'too_many_requests'],
    errorFormat: 'problem',
    who: 'bearer',
    limit: 'mutation',
    cookies: true,
    droppable: true,
    handler: async (request, services: HttpServices) => {
      const { ctx, bearer, body, source } = request;
      const passwords = { currentPassword: body.current_password, newPassword: body.new_password };
      checkPasswordLength(passwords.newPassword, services.settings.passwordMinLength, 'new_password');
      const inCookie = isInCookie(ctx, bearer, services);
      if (inCookie) services.origins.checkHandOut(ctx);
      const change = await withPassword(request, passwords.currentPassword, services, () =>
        services.commands.changePassword(bearer, passwords, source),
      );
      if (change.outcome !== 'changed') throw problemOfNewPassword(change.outcome);
      services.metrics.ended('password_changed');
      if (inCookie) services.cookie.set(ctx, change.tokens);
      const position = { position: change.position, userId: bearer.userId };
      return { status: 200, body: tokenPairView(change.tokens, inCookie), position };
    },
  }),
];

/** Whether the bearer's session keeps its refresh token in the cookie: the request carries one of that session. */
function isInCookie(ctx: Context, { sid }: Bearer, { cookie, genuineToken }: HttpServices): boolean {
  return cookie.values(ctx).some((token) => genuineToken(token)?.family.sid === sid);
}

/** Why a new password is not taken. */
export function problemOfNewPassword(outcome: 'password_too_common' | 'same_password'): Problem {
  if (outcome === 'password_too_common') return new Problem(outcome);
  return new Problem('validation_failed', { errors: [{ path: 'new_password', message: 'must be another one' }] });
}
