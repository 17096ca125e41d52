import { expireToken as decideExpiry } from '../domain/token-family/end-token.js';
import { deviceStream } from '../domain/token-family/events.js';
import { WrongExpectedRevisionError } from '../event-store/errors.js';
import { currentInstant, type CommandContext } from './context.js';
import { loadFamilyAndAccount, loadRevokedAt } from './load.js';
import { recording } from './recording.js';

/**
 * ExpireToken: notes that a family has expired. False if there was nothing to note: it was used or ended meanwhile, or another
 * sweep was first. Rejects with `StoreUnavailableError`.
 */
export async function expireToken(
  context: Pick<CommandContext, 'eventStore' | 'now' | 'newId'>,
  { userId, deviceId, sid }: { readonly userId: string; readonly deviceId: string; readonly sid: string },
  correlationId: string,
): Promise<boolean> {
  const loaded = await loadFamilyAndAccount(context.eventStore, userId, deviceId);
  if (loaded === null) return false;
  const { family, account } = loaded;
  const now = currentInstant(context);
  const revokedAt = await loadRevokedAt(context.eventStore, loaded, now);
  const event = decideExpiry(family.state, { sid, account: account.state, now, revokedAt });
  if (event === null) return false;
  const events = recording(context, [event], { correlationId, actor: { kind: 'system' } });
  try {
    await context.eventStore.append(deviceStream(userId, deviceId), events, family.state.revision);
    return true;
  } catch (error) {
    // Whoever was first, a sign-in or another sweep, has seen to it.
    if (error instanceof WrongExpectedRevisionError) return false;
    throw error;
  }
}
