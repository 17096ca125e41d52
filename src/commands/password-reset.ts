import { requestPasswordReset as decideRequest, resetPassword as decideReset } from '../domain/account/decide.js';
import { emailStream, userStream } from '../domain/streams.js';
import type { Cause } from '../event-store/event-log.js';
import { loadAccount, newestOf, type LoadedAccount } from '../event-store/load.js';
import { parseCode } from '../security/mail-codes.js';
import { appendToUser, type AppendedToUser } from './append-to-user.js';
import type { PasswordResetResult, RequestSource } from './commands.js';
import type { CommandContext } from './context.js';
import { codeRequest } from './email-verification.js';
import { personOf } from './person-of.js';
import { causeOf, recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';
import { isPasswordOf } from './sign-in.js';

/** RequestPasswordReset of an account: a newer request voids the older code. The mailer sends the code. */
export function requestPasswordReset(context: CommandContext, userId: string, cause: Cause): Promise<AppendedToUser> {
  const request = codeRequest(context, userId);
  return appendToUser(context, userId, cause, (account, now) => {
    const event = decideRequest(account, { ...request, now });
    return { events: event === null ? [] : [event], eventId: request.eventId };
  });
}

/**
 * The same by an email, for somebody who forgot their password. Nothing says whether the email is known: what this resolves to
 * is for the metrics alone.
 */
export async function forgotPassword(
  context: CommandContext,
  email: string,
  source: RequestSource,
): Promise<'requested' | 'unknown'> {
  const claim = await newestOf(context, emailStream(context.emailKey(email)));
  if (claim?.event.type !== 'EmailClaimed') return 'unknown';
  const appended = await requestPasswordReset(context, claim.event.data.userId, causeOf(source, 'anonymous'));
  return appended.outcome === 'appended' ? 'requested' : 'unknown';
}

/**
 * ResetPassword: single use, decided from the log. All sessions end, the mailbox is proved, and nobody is signed in by it. An
 * unknown user, a voided code and a wrong one are one answer after the same work.
 */
export async function resetPassword(
  context: CommandContext,
  input: { readonly code: string; readonly newPassword: string },
  source: RequestSource,
): Promise<PasswordResetResult> {
  const code = parseCode(input.code);
  const userId = code?.userId ?? context.newId();
  return retryOnConflict(async () => {
    const loaded = await loadAccount(context, userId);
    const pending = loaded?.account.pendingReset ?? null;
    const fits = context.mailCodes.fits(code ?? { secret: '' }, pending?.eventId ?? null);
    const now = context.now();
    const codeLifetimeMs = context.resetCodeMs;
    if (loaded === null || !fits || pending === null) return { outcome: 'code_invalid' };
    const dry = decideReset(loaded.account, { eventId: pending.eventId, now, codeLifetimeMs, passwordHash: 'none' });
    if (dry.outcome !== 'reset') return { outcome: dry.outcome };
    const refused = await refusalOf(context, loaded, input.newPassword, source);
    if (refused !== null) return { outcome: refused };
    const hash = await context.passwords.hash(input.newPassword, { purpose: 'other', signal: source.signal });
    const passwordHash = await context.sealing.seal(userId, 'password_hash', hash);
    const decision = decideReset(loaded.account, { eventId: pending.eventId, now, codeLifetimeMs, passwordHash });
    if (decision.outcome !== 'reset') return { outcome: decision.outcome };
    const events = recording(context, decision.events, { ...causeOf(source, 'user'), now });
    const { position } = await context.eventLog.append(userStream(userId), events, loaded.revision);
    return { outcome: 'reset', userId, position };
  });
}

/** Why an account cannot have a password; null if it can. */
async function refusalOf(
  context: CommandContext,
  loaded: LoadedAccount,
  newPassword: string,
  source: RequestSource,
): Promise<'password_too_common' | 'same_password' | null> {
  const { email, name } = await personOf(context, loaded.userId);
  // This reset drops the name of an account that was never verified: it may be somebody else's.
  const person = { email, name: loaded.account.emailVerified ? name : null };
  if (context.passwordPolicy.isTooCommon(newPassword, person)) return 'password_too_common';
  const isSame = await isPasswordOf(context, loaded, newPassword, { source, purpose: 'other' });
  return isSame ? 'same_password' : null;
}
