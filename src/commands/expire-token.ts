import { tokenStream } from '../domain/streams.js';
import { expireToken as decideExpiry } from '../domain/token-family/end-token.js';
import { StreamDestroyedError, WrongExpectedRevisionError } from '../event-store/errors.js';
import type { CommandContext } from './context.js';
import type { FamilyRef } from './end-family.js';
import { loadFamilyAndAccount, loadRevokedAt } from '../event-store/load.js';
import { recording } from './recording.js';

/**
 * ExpireToken: notes that a family has expired. False if there was nothing to note: it was used or ended meanwhile, or another
 * sweep was first. Rejects with `StoreUnavailableError`.
 */
export async function expireToken(
  context: Pick<CommandContext, 'eventLog' | 'alarms' | 'now' | 'newEventId'>,
  { userId, deviceId, sid }: FamilyRef,
  correlationId: string,
): Promise<boolean> {
  const loaded = await loadFamilyAndAccount(context, userId, deviceId);
  if (loaded === null) return false;
  const { family, account } = loaded;
  const now = context.now();
  const revokedAt = await loadRevokedAt(context, loaded, now);
  const event = decideExpiry(family.state, { sid, account: account.account, now, revokedAt });
  if (event === null) return false;
  const events = recording(context, [event], { correlationId, actor: 'system', now });
  try {
    await context.eventLog.append(tokenStream(userId, deviceId), events, family.state.revision);
    return true;
  } catch (error) {
    // A sign-in or another sweep that was first has seen to it, or somebody has destroyed the stream.
    if (error instanceof WrongExpectedRevisionError || error instanceof StreamDestroyedError) return false;
    throw error;
  }
}
