import { isTornRead } from '../domain/account/state.js';
import { streamName, tokenStream } from '../domain/streams.js';
import type { RefreshTokenClaims } from '../domain/token-family/snapshot.js';
import { findCut } from '../event-store/cut-log.js';
import { StreamDestroyedError } from '../event-store/errors.js';
import { loadFamilyAndAccount, type LoadedAccount, type LoadedFamily } from '../event-store/load.js';
import type { CommandContext } from './context.js';
import { isOfThisLog } from './other-run.js';

/**
 * Family and account of a genuine token; null if there are none, or if the log holds less than the token proves: it was cut, which
 * is refused and said loudly.
 */
export async function loadSound(
  context: CommandContext,
  claims: RefreshTokenClaims,
): Promise<{ family: LoadedFamily; account: LoadedAccount } | null> {
  const { userId, deviceId, family: claimed } = claims;
  const loaded = await loadFamilyAndAccount(context, userId, deviceId);
  const mayBeCut =
    loaded === null ||
    loaded.family.state.revision < claimed.token.revision ||
    loaded.account.account.epoch < claimed.epoch ||
    isTornRead(loaded.family.state.family, loaded.account.account);
  if (mayBeCut && (await isCut(context, claims))) return null;
  const sound = mayBeCut ? await loadFamilyAndAccount(context, userId, deviceId, { fromLeader: true }) : loaded;
  if (sound === null || !(await isOfThisLog(context, claims, sound.family))) return null;
  return sound;
}

/** The leader is asked before a cut is believed: a follower may be behind. */
async function isCut(context: CommandContext, { userId, deviceId, family }: RefreshTokenClaims): Promise<boolean> {
  const { revision, runId } = family.token;
  try {
    const cut = await findCut(context.eventLog, { userId, deviceId, revision, runId, epoch: family.epoch });
    if (cut === null) return false;
    const stream = streamName(tokenStream(userId, deviceId));
    context.alarms.logCut({ userId, sid: family.sid, stream });
    return true;
  } catch (error) {
    // A destroyed stream is as if the session had never been; loading it has said so.
    if (error instanceof StreamDestroyedError) return true;
    throw error;
  }
}
