import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Refresh, TokenPair } from '../../commands/commands.js';
import { bearerOf, unauthorized } from '../bearer.js';
import { readBody } from '../body.js';
import type { HttpDependencies } from '../dependencies.js';
import type { LogPositions } from '../log-position.js';
import { Problem } from '../problem.js';
import { checkOriginOfSignIn, clearRefreshCookie, refreshTokenOfCookie, setRefreshCookie } from '../refresh-cookie.js';
import { originOf } from '../request-context.js';
import { LoginBody, LogoutAllBody, PasswordChangeBody, RefreshTokenBody, RegisterBody } from '../schemas.js';
import { SignInLimit } from '../sign-in-limit.js';

/** What changes something: each answers where the log stands after it. */
export function tokenRoutes(
  router: Router,
  { commands, metrics, settings }: HttpDependencies,
  positions: LogPositions,
): void {
  const limit = new SignInLimit(settings.rateLimitExempt);

  router.post('/api/v1/auth/register', async (ctx) => {
    const registration = await commands.register(await readBody(ctx, RegisterBody), originOf(ctx));
    if (registration.outcome === 'email_taken') throw new Problem('email_taken');
    positions.tell(ctx, registration.position, registration.userId);
    ctx.status = 201;
    ctx.body = { user_id: registration.userId, email: registration.email };
  });

  router.post('/api/v1/auth/login', async (ctx) => {
    const body = await readBody(ctx, LoginBody, { form: true });
    if (body.mode === 'cookie') checkOriginOfSignIn(ctx, settings.issuer);
    const { email, password, device_id: deviceId, device_name: deviceName } = body;
    const signIn = await limit.during({ account: email, ip: ctx.ip }, () =>
      commands.signIn({ email, password, deviceId, deviceName }, originOf(ctx)),
    );
    if (signIn.outcome === 'invalid_credentials') throw new Problem('invalid_credentials');
    positions.tell(ctx, signIn.position, signIn.userId);
    if (body.mode === 'cookie') setRefreshCookie(ctx, signIn.tokens);
    ctx.body = pairView(signIn.tokens, body.mode === 'cookie');
  });

  router.post('/api/v1/auth/refresh', async (ctx) => {
    const { token, inCookie } = await presentedToken(ctx, settings.issuer);
    const refresh = await commands.refresh(token, originOf(ctx));
    metrics.refresh(refresh.outcome);
    // An answer that is a failure takes what was set before along: a token that is of no use any more leaves the browser.
    if (inCookie && !('tokens' in refresh)) clearRefreshCookie(ctx);
    // A rotation, of which there are many, changes nothing that the user's other sessions have to wait for.
    if ('position' in refresh) positions.tell(ctx, refresh.position, 'tokens' in refresh ? null : refresh.userId);
    const tokens = tokensOf(refresh);
    if (inCookie) setRefreshCookie(ctx, tokens);
    ctx.body = pairView(tokens, inCookie);
  });

  router.post('/api/v1/auth/logout', async (ctx) => {
    const { token, inCookie } = await presentedToken(ctx, settings.issuer);
    const signOut = await commands.signOut(token, originOf(ctx));
    if (inCookie) clearRefreshCookie(ctx);
    if (signOut.outcome === 'invalid') throw new Problem('token_invalid');
    positions.tell(ctx, signOut.position, signOut.userId);
    ctx.status = 204;
  });

  router.post('/api/v1/auth/logout/all', async (ctx) => {
    const bearer = await bearerOf(ctx, commands);
    const { keep_current: keepCurrent } = await readBody(ctx, LogoutAllBody, { optional: true });
    const ended = await commands.signOutAll(bearer, keepCurrent, originOf(ctx));
    if (ended.outcome === 'session_ended') throw unauthorized('token_revoked');
    positions.tell(ctx, ended.position, bearer.userId);
    ctx.status = 204;
  });

  router.post('/api/v1/auth/password/change', async (ctx) => {
    const bearer = await bearerOf(ctx, commands);
    const body = await readBody(ctx, PasswordChangeBody);
    const passwords = { currentPassword: body.current_password, newPassword: body.new_password };
    // A stolen access token is no way to try passwords without end.
    const change = await limit.during({ account: bearer.userId, ip: ctx.ip }, () =>
      commands.changePassword(bearer, passwords, originOf(ctx)),
    );
    if (change.outcome !== 'changed')
      throw change.outcome === 'session_ended' ? unauthorized('token_revoked') : new Problem('invalid_credentials');
    positions.tell(ctx, change.position, bearer.userId);
    ctx.status = 204;
  });
}

/** The refresh token of the body or, without one there, of the cookie. Throws `Problem` 422 if there is none at all. */
async function presentedToken(ctx: Context, issuer: string): Promise<{ token: string; inCookie: boolean }> {
  const { refresh_token: token } = await readBody(ctx, RefreshTokenBody);
  if (token !== undefined) return { token, inCookie: false };
  const cookie = refreshTokenOfCookie(ctx, issuer);
  if (cookie !== null) return { token: cookie, inCookie: true };
  throw new Problem('validation_failed', { errors: [{ path: 'refresh_token', message: 'is required' }] });
}

function tokensOf(refresh: Refresh): TokenPair {
  switch (refresh.outcome) {
    case 'rotated':
    case 'redelivered':
      return refresh.tokens;
    case 'invalid':
      throw new Problem('token_invalid');
    case 'expired':
      throw new Problem('token_expired');
    case 'revoked':
      throw new Problem('token_revoked');
    case 'reused':
      throw new Problem('token_reused');
  }
}

/** The token pair (RFC 6749 §5.1) with what else a client wants to know of its session; without the token that is in a cookie. */
function pairView(tokens: TokenPair, inCookie: boolean): object {
  return {
    access_token: tokens.accessToken,
    ...(inCookie ? {} : { refresh_token: tokens.refreshToken }),
    token_type: 'bearer',
    expires_in: tokens.expiresIn,
    refresh_expires_in: tokens.refreshExpiresIn,
    session_id: tokens.sid,
    device_id: tokens.deviceId,
  };
}
