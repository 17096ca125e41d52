import { z } from 'zod';
import { ADMIN, ADMIN_CHANGE, administrationOf, answerOf, awaitUser, reauthenticate, userOf } from '../administration.js';
import { Cursor } from '../cursor.js';
import type { HttpServices } from '../dependencies.js';
import { devicesView } from '../device-views.js';
import { defineRoute, type Route } from '../routing/route.js';
import { GivenPassword, optionalMember, UserParams, UserSessionParams, wholeNumber } from '../schemas.js';
import { sessionOf } from '../session-of.js';
import { DevicesView } from '../views.js';

const MAX_DEVICES = 100;
const Ending = z.object({ password: optionalMember(GivenPassword) });

/** What administrators see of everybody's sessions, and how they end them. */
export const adminSessionRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/admin/users/{id}/devices',
    summary: 'List a user’s devices',
    description: 'As the user’s own list.',
    tag: 'administration',
    input: {
      params: UserParams,
      query: z.object({ limit: wholeNumber(1, MAX_DEVICES).optional(), after: Cursor.optional() }),
    },
    outputs: { 200: DevicesView },
    problems: ['validation_failed', 'not_found', 'forbidden', 'not_yet_visible', 'invalid_log_position'],
    errorFormat: 'problem',
    who: ADMIN,
    awaitsPosition: true,
    handler: async (request, services: HttpServices) => {
      const { bearer, params, query } = request;
      await userOf(request, services);
      const page = { limit: query.limit ?? MAX_DEVICES, after: query.after ?? null };
      return {
        status: 200,
        body: devicesView(await services.queries.devices({ userId: params.id, sid: bearer.sid }, page)),
      };
    },
  }),
  defineRoute({
    ...ADMIN_CHANGE,
    method: 'DELETE',
    path: '/api/v1/admin/users/{id}/devices/{session_id}',
    summary: 'End a user’s session',
    description: 'Needs a recent sign-in of the administrator, or their `password`.',
    input: { params: UserSessionParams, body: Ending, bodyIsOptional: true },
    problems: [...ADMIN_CHANGE.problems, 'not_yet_visible', 'invalid_log_position'],
    awaitsPosition: true,
    handler: async (request, services: HttpServices) => {
      await awaitUser(request, services);
      const { bearer, params } = request;
      const session = await sessionOf(bearer, { userId: params.id, sid: params.session_id }, services);
      await reauthenticate(request, request.body.password, services);
      const result = await services.admin.endSession(administrationOf(request), session);
      return answerOf(request, 204, result, services);
    },
  }),
  defineRoute({
    ...ADMIN_CHANGE,
    path: '/api/v1/admin/users/{id}/logout',
    summary: 'End all of a user’s sessions',
    description: 'Needs a recent sign-in of the administrator, or their `password`.',
    input: { params: UserParams, body: Ending, bodyIsOptional: true },
    handler: async (request, services: HttpServices) => {
      await reauthenticate(request, request.body.password, services);
      const result = await services.admin.signOut(administrationOf(request));
      return answerOf(request, 204, result, services);
    },
  }),
];
