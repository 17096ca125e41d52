import { z } from 'zod';
import { ADMIN, ADMIN_CHANGE, administrationOf, answerOf, reauthenticate } from '../administration.js';
import type { HttpServices } from '../dependencies.js';
import { LIST_USERS, SHOW_USER } from '../read-users.js';
import { defineRoute, type Route } from '../routing/route.js';
import { GivenPassword, optionalMember, Reason, UserParams, UserRoleParams } from '../schemas.js';

const Change = z.object({ reason: optionalMember(Reason), password: optionalMember(GivenPassword) });

/** What administrators see of everybody's accounts, and what they may do to them. */
export const adminUserRoutes: readonly Route<HttpServices>[] = [
  defineRoute({ ...LIST_USERS, path: '/api/v1/admin/users', tag: 'administration', who: ADMIN }),
  defineRoute({ ...SHOW_USER, path: '/api/v1/admin/users/{id}', tag: 'administration', who: ADMIN }),
  defineRoute({
    ...ADMIN_CHANGE,
    path: '/api/v1/admin/users/{id}/disable',
    summary: 'Disable a user',
    description: 'Nobody signs in or refreshes with the account, from the next request on. All sessions end.',
    input: { params: UserParams, body: Change, bodyIsOptional: true },
    handler: async (request, services: HttpServices) => {
      await reauthenticate(request, request.body.password, services);
      const result = await services.admin.disable(administrationOf(request), request.body.reason);
      return answerOf(request, 204, result, services);
    },
  }),
  defineRoute({
    ...ADMIN_CHANGE,
    path: '/api/v1/admin/users/{id}/enable',
    summary: 'Enable a user',
    description: 'The account can sign in again; its sessions stay ended.',
    input: { params: UserParams, body: Change, bodyIsOptional: true },
    handler: async (request, services: HttpServices) =>
      answerOf(request, 204, await services.admin.enable(administrationOf(request), request.body.reason), services),
  }),
  defineRoute({
    ...ADMIN_CHANGE,
    path: '/api/v1/admin/users/{id}/erase',
    summary: 'Erase a user',
    description: 'For good: the personal data become unreadable and the address is free again. A reason is not kept.',
    input: { params: UserParams, body: Change, bodyIsOptional: true },
    handler: async (request, services: HttpServices) => {
      await reauthenticate(request, request.body.password, services);
      const result = await services.admin.erase(administrationOf(request));
      return answerOf(request, 204, result, services, ['erased']);
    },
  }),
  ...(['PUT', 'DELETE'] as const).map((method) =>
    defineRoute({
      ...ADMIN_CHANGE,
      method,
      path: '/api/v1/admin/users/{id}/roles/{role}',
      summary: method === 'PUT' ? 'Grant a role' : 'Revoke a role',
      description: 'Holds from the next request of the user on.',
      input: { params: UserRoleParams },
      handler: async (request, services: HttpServices) => {
        const change = { role: request.params.role, granted: method === 'PUT' };
        return answerOf(request, 204, await services.admin.changeRole(administrationOf(request), change), services);
      },
    }),
  ),
  defineRoute({
    ...ADMIN_CHANGE,
    path: '/api/v1/admin/users/{id}/password-reset',
    summary: 'Start a password reset',
    description: 'The code goes to the address of the account: nobody chooses another’s password.',
    input: { params: UserParams },
    outputs: { 202: 'empty' },
    handler: async (request, services: HttpServices) =>
      answerOf(request, 202, await services.admin.startPasswordReset(administrationOf(request)), services, ['active']),
  }),
];
