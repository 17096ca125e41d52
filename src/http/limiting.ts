import type { Context } from 'koa';
import type { Bearer } from '../commands/commands.js';
import type { Attempt, Refusal } from '../security/limits/limit-answers.js';
import type { HttpDependencies } from './dependencies.js';
import { Problem } from './problem.js';
import { rateLimitHeaders } from './rate-limit-headers.js';
import { RefusalPace } from './refusal-pace.js';
import { hangUpSignal, stateOf } from './request-context.js';
import type { RouteLimit } from './routing/route.js';
import type { SecuritySubject } from './security-log.js';

type Limiting = Pick<HttpDependencies, 'limits' | 'metrics' | 'securityLog'>;
type Counted = Pick<Attempt | Refusal, 'refused' | 'shown'>;

/** Of this process, whatever refuses. */
const PACE = new RefusalPace();

/** Counts a request for the limit of its route. Throws `Problem` 429. */
export async function countRequest(
  ctx: Context,
  limit: RouteLimit,
  bearer: Bearer | null,
  { limits, metrics, securityLog }: Limiting,
): Promise<void> {
  const { ip, requestId } = stateOf(ctx);
  const counted =
    limit === 'mutation'
      ? await limits.consume('mutation', { userId: userOf(bearer) })
      : await limits.consume(limit, { address: ip });
  ctx.set(rateLimitHeaders(counted));
  if (counted.refused === null) return;
  if (limit === 'registration') metrics.registration('limited');
  const { policy } = counted.refused;
  securityLog.record('request_limited', { ip, requestId, policy, ...(bearer === null ? {} : { userId: bearer.userId }) });
  await PACE.turn(ip, hangUpSignal(ctx));
  throw refused(counted, policy, metrics);
}

/**
 * Whose password is tried: at a sign-in that of an address, of somebody who is signed in, or the secret of an OAuth client. A header
 * may be read in two ways, so it can name two registered clients with a secret, and names none when both ids are unknown.
 */
export type PasswordOwner =
  | { readonly email: string; readonly knownDevice: { readonly deviceId: string; readonly isOld: boolean } | null }
  | { readonly userId: string }
  | { readonly registeredClients: readonly string[] };

/**
 * Carries out what checks a password, as an attempt that the limits know of before the password is hashed. A wrong password stays
 * counted, a right one and whatever was not carried out are given back. Throws `Problem` 429; rejects as the work does.
 */
export async function limitedAttempt<T extends { readonly outcome: string }>(
  ctx: Context,
  owner: PasswordOwner,
  limiting: Limiting,
  work: () => Promise<T>,
): Promise<T> {
  const attempt = await reserve(ctx, owner, limiting);
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await attempt.cancel();
    throw error;
  }
  if (result.outcome === 'invalid_credentials') await attempt.fail();
  else await attempt.succeed();
  return result;
}

async function reserve(ctx: Context, owner: PasswordOwner, { limits, metrics, securityLog }: Limiting): Promise<Attempt> {
  const { ip: address, requestId } = stateOf(ctx);
  const signal = hangUpSignal(ctx);
  const attempt = await reserved(owner, address, limits, signal);
  ctx.set(rateLimitHeaders(attempt));
  if (attempt.refused === null) return attempt;
  const { policy } = attempt.refused;
  if ('email' in owner) metrics.signIn('limited');
  securityLog.record('sign_in_limited', { ...subjectOf(owner), ip: address, requestId, policy });
  await PACE.turn(address, signal);
  throw refused(attempt, policy, metrics);
}

function reserved(
  owner: PasswordOwner,
  address: string | null,
  limits: Limiting['limits'],
  signal: AbortSignal,
): Promise<Attempt | Refusal> {
  if ('email' in owner)
    return limits.reserveSignIn({ email: owner.email, address, knownDevice: knownDevice(owner) }, signal);
  if ('userId' in owner) return limits.reservePasswordCheck({ userId: owner.userId, address }, signal);
  return limits.reserveClientAuthentication({ registered: owner.registeredClients, address }, signal);
}

function refused(counted: Counted, policy: string, metrics: Limiting['metrics']): Problem {
  metrics.limited(policy);
  return new Problem('too_many_requests', { headers: rateLimitHeaders(counted) });
}

function knownDevice(
  owner: Extract<PasswordOwner, { readonly email: string }>,
): { deviceId: string; sharedOld: boolean } | null {
  const device = owner.knownDevice;
  return device === null ? null : { deviceId: device.deviceId, sharedOld: device.isOld };
}

function subjectOf(owner: PasswordOwner): SecuritySubject {
  if ('email' in owner) return { email: owner.email };
  return 'userId' in owner ? { userId: owner.userId } : {};
}

function userOf(bearer: Bearer | null): string {
  if (bearer === null) throw new TypeError('a limit of a user is on a route without a Bearer');
  return bearer.userId;
}
