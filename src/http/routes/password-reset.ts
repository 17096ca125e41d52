import { z } from 'zod';
import type { HttpServices } from '../dependencies.js';
import { mayMail } from '../mail-limits.js';
import { checkPasswordLength } from '../new-password.js';
import { Problem } from '../problem.js';
import { sourceOf } from '../request-context.js';
import { defineRoute, type Route } from '../routing/route.js';
import { Code, Email, NewPassword } from '../schemas.js';
import { problemOfNewPassword } from './password.js';

/** A new password for somebody who forgot theirs. */
export const passwordResetRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/password/forgot',
    summary: 'Forgot the password',
    description:
      'Sends a code to the address if an account has it. The answer is the same at the same time whether or not one has: all the ' +
      'work comes after it.',
    tag: 'accounts',
    input: { body: z.object({ email: Email }) },
    outputs: { 202: 'empty' },
    problems: ['validation_failed', 'too_many_requests'],
    errorFormat: 'problem',
    who: 'anyone',
    limit: 'password_reset_request',
    handler: ({ ctx, body }, services: HttpServices) => {
      const { email } = body;
      const source = sourceOf(ctx);
      const cookies = services.cookie.values(ctx);
      services.afterwards(async () => {
        const isKnown = await isKnownDevice(cookies, email, services);
        if (await mayMail(services, 'password_reset', email, isKnown))
          await services.commands.forgotPassword(email, source);
      });
      return Promise.resolve({ status: 202 });
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/password/reset',
    summary: 'Reset the password',
    description:
      'Chooses a new password by the code of a mail, which is valid once. Ends all sessions, and signs nobody in. It proves the ' +
      'mailbox, so the address is verified.',
    tag: 'accounts',
    input: { body: z.object({ code: Code, new_password: NewPassword }) },
    outputs: { 204: 'empty' },
    problems: ['validation_failed', 'code_invalid', 'code_expired', 'password_too_common', 'too_many_requests'],
    errorFormat: 'problem',
    who: 'anyone',
    limit: 'password_reset',
    droppable: true,
    handler: async ({ body, source }, { commands, metrics, settings }: HttpServices) => {
      const { code, new_password: newPassword } = body;
      checkPasswordLength(newPassword, settings.passwordMinLength, 'new_password');
      const reset = await commands.resetPassword({ code, newPassword }, source);
      if (reset.outcome === 'code_invalid' || reset.outcome === 'code_expired') throw new Problem(reset.outcome);
      if (reset.outcome !== 'reset') throw problemOfNewPassword(reset.outcome);
      metrics.ended('password_reset');
      return { status: 204, position: { position: reset.position, userId: reset.userId } };
    },
  }),
];

/** Whether one of the cookies proves a device of the account: strangers who ask for mails must not silence their owner. */
async function isKnownDevice(
  cookies: readonly string[],
  email: string,
  { commands }: Pick<HttpServices, 'commands'>,
): Promise<boolean> {
  for (const refreshToken of cookies)
    if ((await commands.knownDevice({ refreshToken, email, deviceId: null })) !== null) return true;
  return false;
}
