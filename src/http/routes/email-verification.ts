import { z } from 'zod';
import type { HttpServices } from '../dependencies.js';
import { mayMail } from '../mail-limits.js';
import { Problem } from '../problem.js';
import { unauthorized } from '../routing/authenticate.js';
import { defineRoute, type Route } from '../routing/route.js';
import { Code } from '../schemas.js';

/** Proving that an email is one's own. */
export const emailVerificationRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/email/verify/request',
    summary: 'Ask for a verification mail',
    description: 'Sends a code to the address of the account unless it is verified. A newer code voids the older one.',
    tag: 'accounts',
    input: {},
    outputs: { 202: 'empty' },
    problems: ['too_many_requests'],
    errorFormat: 'problem',
    who: 'bearer',
    limit: 'email_verification_request',
    handler: async ({ bearer, source }, services: HttpServices) => {
      const allowed = (email: string): Promise<boolean> => mayMail(services, 'email_verification', email);
      const request = await services.commands.requestEmailVerification(bearer, allowed, source);
      if (request.outcome === 'session_ended') throw unauthorized('token_revoked');
      return { status: 202, position: { position: request.position, userId: bearer.userId } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/email/verify',
    summary: 'Verify an address',
    description: 'Takes the code of a verification mail. The same code again is no mistake: people open a link twice.',
    tag: 'accounts',
    input: { body: z.object({ code: Code }) },
    outputs: { 204: 'empty' },
    problems: ['validation_failed', 'code_invalid', 'code_expired', 'too_many_requests'],
    errorFormat: 'problem',
    who: 'anyone',
    limit: 'email_verification',
    handler: async ({ body, source }, { commands }: HttpServices) => {
      const verification = await commands.verifyEmail(body.code, source);
      if (!('userId' in verification)) throw new Problem(verification.outcome);
      return { status: 204, position: { position: verification.position, userId: verification.userId } };
    },
  }),
];
