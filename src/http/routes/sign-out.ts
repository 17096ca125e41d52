import { z } from 'zod';
import type { Position } from '../../event-store/position.js';
import type { HttpServices } from '../dependencies.js';
import { withPassword } from '../password-check.js';
import { presentedTokens } from '../presented-tokens.js';
import { Problem } from '../problem.js';
import { defineRoute, type Route } from '../routing/route.js';
import { GivenPassword, optionalMember } from '../schemas.js';
import { RefreshTokenBody } from './refresh.js';

/**
 * At sign-out the browser drops what it has cached of this origin. Not "cookies", which would sign the user out of every neighbour
 * under the registrable domain, and not "storage", where other pages of the origin keep things that are not ours to remove.
 */
export const CLEAR_CACHE = { 'Clear-Site-Data': '"cache"' };

const UNPROVEN = 'This session is bound to a key: send a DPoP proof by that key.';

/** Ending sessions. */
export const signOutRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/logout',
    summary: 'Sign out',
    description:
      'Ends the session of a refresh token, whichever of its generations is presented, also one that has ended. A session that is ' +
      'bound to a key needs a proof by that key.',
    tag: 'sessions',
    input: { body: RefreshTokenBody, bodyIsOptional: true },
    outputs: { 204: 'empty' },
    problems: ['validation_failed', 'invalid_dpop_proof', 'use_dpop_nonce', 'token_invalid', 'origin_refused'],
    errorFormat: 'problem',
    who: 'anyone',
    cookies: true,
    handler: async ({ ctx, body, source }, services: HttpServices) => {
      const { tokens, inCookie } = presentedTokens(ctx, body.refresh_token, services);
      const jkt = await services.dpop.provenKey(ctx);
      let isUnproven = false;
      const ended: { readonly position: Position; readonly userId: string }[] = [];
      for (const token of tokens) {
        const signOut = await services.commands.signOut({ refreshToken: token, jkt }, source);
        if (signOut.outcome === 'unproven') isUnproven = true;
        if (signOut.outcome === 'revoked') services.metrics.ended('logout');
        if (signOut.outcome === 'revoked' || signOut.outcome === 'ended_before') ended.push(signOut);
      }
      const [first, ...others] = ended;
      // A sign-out that is refused changes nothing: the session goes on, and so does its cookie.
      if (isUnproven && first === undefined) throw new Problem('invalid_dpop_proof', { detail: UNPROVEN });
      if (inCookie) services.cookie.clear(ctx);
      if (first === undefined) throw new Problem('token_invalid');
      const newest = others.reduce((one, other) => (other.position > one.position ? other : one), first);
      return { status: 204, position: newest, headers: CLEAR_CACHE };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/logout/all',
    summary: 'Sign out everywhere',
    description: 'Ends all sessions of the user at once; with `keep_current` all but the one that asks.',
    tag: 'sessions',
    input: {
      body: z.object({ keep_current: optionalMember(z.boolean()), password: optionalMember(GivenPassword) }),
      bodyIsOptional: true,
    },
    outputs: { 204: 'empty' },
    problems: ['validation_failed', 'reauthentication_required', 'invalid_credentials', 'too_many_requests'],
    errorFormat: 'problem',
    who: 'bearer',
    limit: 'mutation',
    droppable: true,
    handler: async (request, services: HttpServices) => {
      const { bearer, body, source } = request;
      const input = { keepCurrent: body.keep_current ?? false, password: body.password };
      const { position } = await withPassword(request, body.password, services, () =>
        services.commands.signOutAll(bearer, input, source),
      );
      services.metrics.ended('logout_all');
      return { status: 204, position: { position, userId: bearer.userId }, headers: CLEAR_CACHE };
    },
  }),
];
