import { z } from 'zod';
import { Cursor } from '../cursor.js';
import type { HttpServices } from '../dependencies.js';
import { deviceEventsView, devicesView } from '../device-views.js';
import { withPassword } from '../password-check.js';
import { Problem } from '../problem.js';
import { defineRoute, type Route } from '../routing/route.js';
import { GivenPassword, Name, optionalMember, SessionParams, wholeNumber } from '../schemas.js';
import { sessionOf } from '../session-of.js';
import { DeviceEventsView, DevicesView } from '../views.js';

const MAX_DEVICES = 100;

/** What users see of their devices, and what they can do to them. */
export const deviceRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/auth/devices',
    summary: 'List devices',
    description: 'The active sessions of the user, the last used first, and those that ended lately.',
    tag: 'devices',
    input: { query: z.object({ limit: wholeNumber(1, MAX_DEVICES).optional(), after: Cursor.optional() }) },
    outputs: { 200: DevicesView },
    problems: ['validation_failed', 'not_yet_visible', 'invalid_log_position'],
    errorFormat: 'problem',
    who: 'bearer',
    awaitsPosition: true,
    handler: async ({ bearer, query }, { queries }: HttpServices) => {
      const page = await queries.devices(bearer, { limit: query.limit ?? MAX_DEVICES, after: query.after ?? null });
      return { status: 200, body: devicesView(page) };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/api/v1/auth/devices/{session_id}',
    summary: 'Rename a device',
    description: 'Blanks alone, or null, remove the name.',
    tag: 'devices',
    input: { params: SessionParams, body: z.object({ device_name: Name.nullable() }) },
    outputs: { 204: 'empty' },
    problems: ['validation_failed', 'not_found', 'too_many_requests', 'not_yet_visible', 'invalid_log_position'],
    errorFormat: 'problem',
    who: 'bearer',
    limit: 'mutation',
    awaitsPosition: true,
    handler: async ({ bearer, params, body, source }, services: HttpServices) => {
      const session = await sessionOf(bearer, { userId: bearer.userId, sid: params.session_id }, services);
      const renaming = await services.commands.renameDevice(bearer, { ...session, name: body.device_name }, source);
      if (renaming.outcome === 'not_found') throw new Problem('not_found');
      return { status: 204, position: { position: renaming.position, userId: bearer.userId } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/auth/devices/{session_id}',
    summary: 'Remove a device',
    description: 'Ends one session. One that is not the own needs a recent sign-in, or `password`.',
    tag: 'devices',
    input: {
      params: SessionParams,
      body: z.object({ password: optionalMember(GivenPassword) }),
      bodyIsOptional: true,
    },
    outputs: { 204: 'empty' },
    problems: [
      'not_found',
      'validation_failed',
      'reauthentication_required',
      'invalid_credentials',
      'too_many_requests',
      'not_yet_visible',
      'invalid_log_position',
    ],
    errorFormat: 'problem',
    who: 'bearer',
    limit: 'mutation',
    awaitsPosition: true,
    droppable: true,
    handler: async (request, services: HttpServices) => {
      const { bearer, params, body, source } = request;
      const session = await sessionOf(bearer, { userId: bearer.userId, sid: params.session_id }, services);
      const { position } = await withPassword(request, body.password, services, () =>
        services.commands.removeSession(bearer, { ...session, password: body.password }, source),
      );
      services.metrics.ended('device_removed');
      return { status: 204, position: { position, userId: bearer.userId } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/auth/devices/{session_id}/events',
    summary: 'What happened on a device',
    description: 'The events of the device, newest first, at most a hundred.',
    tag: 'devices',
    input: { params: SessionParams, query: z.object({ before: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional() }) },
    outputs: { 200: DeviceEventsView },
    problems: ['validation_failed', 'not_found', 'not_yet_visible', 'invalid_log_position'],
    errorFormat: 'problem',
    who: 'bearer',
    awaitsPosition: true,
    handler: async ({ bearer, params, query }, services: HttpServices) => {
      const session = await sessionOf(bearer, { userId: bearer.userId, sid: params.session_id }, services);
      const page = await services.queries.deviceEvents(bearer, session, query.before ?? null);
      // A device has events, unless somebody destroyed its stream at the store: then it does not exist.
      if (page.events.length === 0 && query.before === undefined) throw new Problem('not_found');
      return { status: 200, body: deviceEventsView(page) };
    },
  }),
];
