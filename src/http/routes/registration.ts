import { z } from 'zod';
import type { HttpServices } from '../dependencies.js';
import { mayMail } from '../mail-limits.js';
import { checkPasswordLength } from '../new-password.js';
import { Problem } from '../problem.js';
import { defineRoute, type Route } from '../routing/route.js';
import { Email, Name, NewPassword, optionalMember } from '../schemas.js';
import { UserView } from '../views.js';

/** Making an account. */
export const registrationRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/register',
    summary: 'Register',
    description: 'Makes an account. The address is answered in the form in which it is kept.',
    tag: 'accounts',
    input: { body: z.object({ email: Email, password: NewPassword, name: optionalMember(Name) }) },
    outputs: { 201: UserView },
    problems: ['validation_failed', 'password_too_common', 'email_taken', 'registration_closed', 'too_many_requests'],
    errorFormat: 'problem',
    who: 'anyone',
    limit: 'registration',
    droppable: true,
    handler: async ({ body, source }, services: HttpServices) => {
      const { commands, metrics, settings } = services;
      checkPasswordLength(body.password, settings.passwordMinLength, 'password');
      const registration = await commands.register(body, source);
      metrics.registration(registration.outcome);
      if (registration.outcome !== 'registered') throw new Problem(registration.outcome);
      const { userId, email, position } = registration;
      // Its verification mail is one of those that the email may get in an hour.
      services.afterwards(() => mayMail(services, 'email_verification', email));
      return { status: 201, body: { user_id: userId, email }, position: { position, userId } };
    },
  }),
];
