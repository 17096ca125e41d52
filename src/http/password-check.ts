import type { Bearer } from '../commands/commands.js';
import type { HttpServices } from './dependencies.js';
import { limitedAttempt } from './limiting.js';
import { Problem } from './problem.js';
import { unauthorized } from './routing/authenticate.js';
import type { RouteRequest } from './routing/route.js';

const FAILURES = ['invalid_credentials', 'reauthentication_required', 'session_ended', 'not_found'] as const;
type Failure = (typeof FAILURES)[number];
/** What a command can answer besides the failures that are thrown here. */
type Passed<T> = T extends { readonly outcome: infer O }
  ? [Exclude<O, Failure>] extends [never]
    ? never
    : T & { readonly outcome: Exclude<O, Failure> }
  : never;

/**
 * Carries out what may check the password of somebody who is signed in: if one was sent, as an attempt that is limited, since a
 * stolen access token must be no way to guess passwords. Throws `Problem` for every failure that the command answers.
 */
export async function withPassword<T extends { readonly outcome: string }>(
  { ctx, bearer, source }: Pick<RouteRequest, 'ctx' | 'source'> & { readonly bearer: Bearer },
  password: string | null,
  services: HttpServices,
  work: () => Promise<T>,
): Promise<Passed<T>> {
  const { userId, sid: sessionId } = bearer;
  const result = password === null ? await work() : await limitedAttempt(ctx, { userId }, services, work);
  const failure = FAILURES.find((outcome) => outcome === result.outcome);
  if (failure === undefined) return result as Passed<T>;
  if (failure === 'session_ended') throw unauthorized('token_revoked');
  if (failure === 'invalid_credentials')
    services.securityLog.record('password_check_failed', {
      userId,
      sessionId,
      ip: source.ip,
      requestId: source.correlationId,
    });
  throw new Problem(failure);
}
