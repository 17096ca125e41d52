import type { z } from 'zod';
import type { ListedUser, UserWithSessions } from '../queries/users.js';
import { timeView, type AdminUsersView, type AdminUserView } from './views.js';

type Shown = z.input<typeof AdminUsersView>['users'][number];

/** An account as administrators and operators see it. */
export function userView(user: ListedUser): Shown {
  return {
    user_id: user.userId,
    email: user.email,
    email_verified: user.emailVerified,
    name: user.name,
    status: user.status,
    roles: [...user.roles],
    created_at: timeView(user.createdAt),
  };
}

export function userWithSessionsView(user: UserWithSessions): z.input<typeof AdminUserView> {
  return { ...userView(user), active_sessions: user.activeSessions };
}
