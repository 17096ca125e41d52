import type { AdministrationResult } from '../commands/admin-commands.js';
import type { Administration } from '../commands/administer-user.js';
import type { AccountStatus } from '../domain/account/snapshot.js';
import type { Bearer, RequestSource } from '../commands/commands.js';
import type { UserWithSessions } from '../queries/users.js';
import type { HttpServices } from './dependencies.js';
import { findShown } from './find-shown.js';
import { withPassword } from './password-check.js';
import { Problem } from './problem.js';
import type { RouteAnswer, RouteRequest } from './routing/route.js';

export const ADMIN = { role: 'admin' } as const;

/** What each route that changes an account or ends its sessions has in common. */
export const ADMIN_CHANGE = {
  method: 'POST',
  tag: 'administration',
  outputs: { 204: 'empty' },
  problems: [
    'not_found',
    'validation_failed',
    'forbidden',
    'conflict',
    'reauthentication_required',
    'invalid_credentials',
    'too_many_requests',
  ],
  errorFormat: 'problem',
  who: ADMIN,
  limit: 'mutation',
  droppable: true,
} as const;

/** A request of an administrator about one user. */
export interface AdminRequest {
  readonly ctx: RouteRequest['ctx'];
  readonly bearer: Bearer;
  readonly source: RequestSource;
  readonly params: { readonly id: string };
}

/** Before a query about one user: waits for what that user's own sessions have done here, as the user's own query would. */
export function awaitUser(
  { ctx, bearer, params }: Pick<AdminRequest, 'ctx' | 'bearer' | 'params'>,
  { positions }: Pick<HttpServices, 'positions'>,
): Promise<void> {
  return positions.awaited(ctx, { userId: params.id, position: bearer.position });
}

/** The account that a query is about, once the read model shows what can be awaited. Throws `Problem` 404 or 503. */
export async function userOf(
  request: Pick<AdminRequest, 'ctx' | 'bearer' | 'params'>,
  { users, positions }: Pick<HttpServices, 'users' | 'positions'>,
): Promise<UserWithSessions> {
  await awaitUser(request, { positions });
  const { id: userId } = request.params;
  return findShown(() => users.find(userId), { userId, position: request.bearer.position }, positions);
}

/** By whom, about whom, and in which request: for the actor of the events. */
export function administrationOf({ bearer, source, params }: AdminRequest): Administration {
  return { by: `admin:${bearer.userId}`, userId: params.id, source };
}

/**
 * What ends other people's sessions needs a recent sign-in of the administrator, or their password: a stolen access token is not
 * enough. Throws `Problem`.
 */
export async function reauthenticate(
  request: AdminRequest,
  password: string | null,
  services: HttpServices,
): Promise<void> {
  const { bearer, source } = request;
  await withPassword(request, password, services, () => services.admin.reauthenticated(bearer, password, source));
}

/**
 * Answers a change. The administrator's own queries wait for it too. Throws `Problem` 404, and 409 if there was nothing to change
 * because of the account's status (`fits`).
 */
export function answerOf(
  { ctx, bearer, params }: AdminRequest,
  status: 202 | 204,
  result: AdministrationResult,
  { positions }: Pick<HttpServices, 'positions'>,
  fits: readonly AccountStatus[] = ['active', 'disabled'],
): RouteAnswer {
  if (result.outcome === 'not_found') throw new Problem('not_found');
  if (result.outcome === 'unchanged' && !fits.includes(result.status))
    throw new Problem('conflict', { detail: `The account is ${result.status}.` });
  const { position } = result;
  positions.answer(ctx, { position, userId: bearer.userId });
  return { status, position: { position, userId: params.id } };
}
