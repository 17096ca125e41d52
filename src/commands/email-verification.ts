import { requestEmailVerification as decideRequest, verifyEmail as decideVerify } from '../domain/account/decide.js';
import { userStream } from '../domain/streams.js';
import { loadAccount } from '../event-store/load.js';
import { parseCode } from '../security/mail-codes.js';
import { appendToUser } from './append-to-user.js';
import type { Bearer, EmailVerificationRequestResult, EmailVerificationResult, RequestSource } from './commands.js';
import type { CommandContext } from './context.js';
import { emailOf } from './person-of.js';
import { causeOf, recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';

/**
 * RequestEmailVerification: a newer request voids the older code. Nothing if the mailbox is proved already, or if `mayMail` says
 * that the email had its share of mails.
 */
export async function requestEmailVerification(
  context: CommandContext,
  { userId }: Pick<Bearer, 'userId'>,
  mayMail: (email: string) => Promise<boolean>,
  source: RequestSource,
): Promise<EmailVerificationRequestResult> {
  const loaded = await loadAccount(context, userId);
  if (loaded === null) return { outcome: 'session_ended' };
  const { account, position } = loaded;
  const isOpen = account.status === 'active' && !account.emailVerified;
  const email = isOpen ? await emailOf(context, userId) : null;
  if (email === null || !(await mayMail(email))) return { outcome: 'unchanged', position };
  const request = codeRequest(context, userId);
  const appended = await appendToUser(context, userId, causeOf(source, 'user'), (current, now) => {
    const event = decideRequest(current, { ...request, now });
    return { events: event === null ? [] : [event], eventId: request.eventId };
  });
  if (appended.outcome === 'not_found') return { outcome: 'session_ended' };
  return { outcome: appended.outcome === 'appended' ? 'requested' : 'unchanged', position: appended.position };
}

/** A new request for a mail with a code, by the id that its event will have. */
export function codeRequest(
  { mailCodes, newId }: Pick<CommandContext, 'mailCodes' | 'newId'>,
  userId: string,
): { readonly eventId: string; readonly codeHash: string } {
  const eventId = newId();
  return { eventId, codeHash: mailCodes.make(userId, eventId).hash };
}

/** VerifyEmail. The code that was used last is answered as verified again: people open a link twice. */
export async function verifyEmail(
  context: CommandContext,
  text: string,
  source: RequestSource,
): Promise<EmailVerificationResult> {
  const code = parseCode(text);
  const userId = code?.userId ?? context.newId();
  return retryOnConflict(async () => {
    const loaded = await loadAccount(context, userId);
    const eventIds = [loaded?.account.pendingVerification?.eventId, loaded?.account.usedVerification];
    const eventId = eventIds.find((id) => context.mailCodes.fits(code ?? { secret: '' }, id ?? null));
    if (loaded === null || typeof eventId !== 'string') return { outcome: 'code_invalid' };
    const now = context.now();
    const decision = decideVerify(loaded.account, { eventId, now, codeLifetimeMs: context.verifyCodeMs });
    if (!('events' in decision)) return { outcome: decision.outcome };
    if (decision.events.length === 0) return { outcome: decision.outcome, userId, position: loaded.position };
    const events = recording(context, decision.events, { ...causeOf(source, 'user'), now });
    const { position } = await context.eventLog.append(userStream(userId), events, loaded.revision);
    return { outcome: decision.outcome, userId, position };
  });
}
