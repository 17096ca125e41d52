import type { Context } from 'koa';
import { z } from 'zod';
import type { Commands } from '../../commands/commands.js';
import type { HttpServices } from '../dependencies.js';
import { limitedAttempt } from '../limiting.js';
import { Problem } from '../problem.js';
import { stateOf } from '../request-context.js';
import { bearerToken } from '../routing/authenticate.js';
import { defineRoute, type Route } from '../routing/route.js';
import { DeviceId, GivenPassword, Name, optionalMember, SignInEmail } from '../schemas.js';
import { TokenPairView, tokenPairView } from '../views.js';

type KnownDevice = Awaited<ReturnType<Commands['knownDevice']>>;

const Login = z.object({
  email: SignInEmail,
  password: GivenPassword,
  device_id: optionalMember(DeviceId),
  device_name: optionalMember(Name),
  mode: optionalMember(z.enum(['storage', 'cookie'])).describe('`cookie` keeps the refresh token out of reach of scripts.'),
  remember: optionalMember(z.boolean()).describe('Cookie mode only; false: the cookie ends with the browser.'),
});

/** Beginning a session. */
export const signInRoutes: readonly Route<HttpServices>[] = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/auth/login',
    summary: 'Sign in',
    description:
      'Begins a session on a device. A device that has signed in to this account before proves it by its cookie, or by a refresh ' +
      'token as Bearer together with its `device_id`: strangers cannot lock it out.',
    tag: 'sessions',
    input: { body: Login },
    outputs: { 200: TokenPairView },
    problems: [
      'validation_failed',
      'invalid_dpop_proof',
      'use_dpop_nonce',
      'invalid_credentials',
      'account_disabled',
      'origin_refused',
      'too_many_requests',
    ],
    errorFormat: 'problem',
    who: 'anyone',
    cookies: true,
    droppable: true,
    handler: async ({ ctx, body, source }, services: HttpServices) => {
      const { commands, cookie, metrics, origins, securityLog } = services;
      const inCookie = body.mode === 'cookie';
      if (inCookie) origins.checkHandOut(ctx);
      const { email, password, device_id: deviceId, device_name: deviceName } = body;
      const remember = !inCookie || body.remember !== false;
      const jkt = await services.dpop.provenKey(ctx);
      const knownDevice = await knownDeviceOf(ctx, { email, deviceId }, services);
      const signIn = await limitedAttempt(ctx, { email, knownDevice }, services, () =>
        commands.signIn({ email, password, deviceId, deviceName, remember, jkt }, source),
      );
      metrics.signIn(signIn.outcome);
      if (signIn.outcome !== 'issued') {
        const event = signIn.outcome === 'account_disabled' ? 'account_disabled' : 'sign_in_failed';
        securityLog.record(event, { email, ip: source.ip, requestId: stateOf(ctx).requestId });
        throw new Problem(signIn.outcome);
      }
      const { tokens, position, userId } = signIn;
      if (inCookie) cookie.set(ctx, tokens);
      return { status: 200, body: tokenPairView(tokens, inCookie), position: { position, userId } };
    },
  }),
];

/** The device that a request proves by a refresh token of an earlier session: in the cookie, or as Bearer with its id. */
async function knownDeviceOf(
  ctx: Context,
  { email, deviceId }: { readonly email: string; readonly deviceId: string | null },
  { commands, cookie }: HttpServices,
): Promise<KnownDevice> {
  for (const refreshToken of cookie.values(ctx)) {
    const known = await commands.knownDevice({ refreshToken, email, deviceId: null });
    if (known !== null) return known;
  }
  const refreshToken = bearerToken(ctx);
  if (refreshToken === null || deviceId === null) return null;
  return commands.knownDevice({ refreshToken, email, deviceId });
}
