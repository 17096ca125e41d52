import { requestEmailVerification as decideRequest, verifyEmail as decideVerify } from '../domain/account/decide.js';
import { userStream } from '../domain/streams.js';
import type { Cause } from '../event-store/event-log.js';
import { loadAccount } from '../event-store/load.js';
import type { Position } from '../event-store/position.js';
import { parseCode } from '../security/mail-codes.js';
import { appendToUser, type AppendedToUser } from './append-to-user.js';
import type { RequestSource } from './commands.js';
import type { CommandContext } from './context.js';
import { causeOf, recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';

/** RequestEmailVerification: a newer request voids the older code. Nothing if the mailbox is proved already. */
export function requestEmailVerification(context: CommandContext, userId: string, cause: Cause): Promise<AppendedToUser> {
  const eventId = context.newId();
  const { hash: codeHash } = context.mailCodes.make(userId, eventId);
  return appendToUser(context, userId, cause, (account, now) => {
    const event = decideRequest(account, { eventId, codeHash, now });
    return { events: event === null ? [] : [event], eventId };
  });
}

export type EmailVerificationResult =
  | { readonly outcome: 'verified' | 'already_verified'; readonly userId: string; readonly position: Position }
  | { readonly outcome: 'code_invalid' | 'code_expired' };

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
