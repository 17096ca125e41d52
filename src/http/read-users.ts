import { z } from 'zod';
import { userOf, type AdminRequest } from './administration.js';
import type { HttpServices } from './dependencies.js';
import { Email, UserParams, wholeNumber } from './schemas.js';
import { userView, userWithSessionsView } from './user-views.js';
import { AdminUsersView, AdminUserView } from './views.js';

const MAX_USERS = 100;

const Query = z.object({
  email: Email.optional(),
  limit: wholeNumber(1, MAX_USERS).optional(),
  after: z
    .uuid()
    .transform((id) => id.toLowerCase())
    .optional(),
});

interface UsersAnswer {
  readonly status: 200;
  readonly body: z.input<typeof AdminUsersView>;
}

async function listUsers(
  { query: { email, limit = MAX_USERS, after } }: { readonly query: z.output<typeof Query> },
  { users }: HttpServices,
): Promise<UsersAnswer> {
  if (email === undefined) {
    const page = await users.page({ limit, after: after ?? null });
    return { status: 200, body: { users: page.users.map(userView), next: page.next } };
  }
  const user = await users.byEmail(email);
  return { status: 200, body: { users: user === null ? [] : [userView(user)], next: null } };
}

async function showUser(
  request: Pick<AdminRequest, 'ctx' | 'bearer' | 'params'>,
  services: HttpServices,
): Promise<{ readonly status: 200; readonly body: z.input<typeof AdminUserView> }> {
  return { status: 200, body: userWithSessionsView(await userOf(request, services)) };
}

/** What both routes have in common, for administrators and for auditors alike. */
const READ = { method: 'GET', errorFormat: 'problem', awaitsPosition: true } as const;

/** Lists accounts. */
export const LIST_USERS = {
  ...READ,
  summary: 'List users',
  description: 'All accounts in the order of their ids, or the one that has an address.',
  input: { query: Query },
  outputs: { 200: AdminUsersView },
  problems: ['validation_failed', 'forbidden', 'not_yet_visible', 'invalid_log_position'],
  handler: listUsers,
} as const;

/** Shows one account. */
export const SHOW_USER = {
  ...READ,
  summary: 'Show a user',
  description: 'One account, with the number of its sessions that are active now.',
  input: { params: UserParams },
  outputs: { 200: AdminUserView },
  problems: ['not_found', 'forbidden', 'not_yet_visible', 'invalid_log_position'],
  handler: showUser,
} as const;
