import { tokenStream } from '../domain/streams.js';
import type { RefreshTokenClaims } from '../domain/token-family/snapshot.js';
import type { CommandContext } from './context.js';
import type { LoadedFamily } from '../event-store/load.js';
import { unlessDestroyed } from '../event-store/unless-destroyed.js';

/**
 * Whether a token of another run of the installation stands in this log (G17). After a restore the log goes on from an earlier
 * moment, and a stream may reach the revision of a token of the lost part again. So a token of another run is compared with the
 * newest event where that names it, else with the event at its revision: one read, once, since its successor carries the present
 * run. What was archived is read from its archive; where that is not there, it cannot be compared and is not accepted.
 */
export async function isOfThisLog(
  { eventLog }: Pick<CommandContext, 'eventLog'>,
  { userId, deviceId, family: { token, sid } }: RefreshTokenClaims,
  newest: LoadedFamily,
): Promise<boolean> {
  if (token.runId === eventLog.runId) return true;
  const held = newest.state.family;
  if (held.token.jti === token.jti && held.sid === sid) return true;
  const read = { direction: 'backwards', from: token.revision, maxCount: 1, archived: 'if_there' } as const;
  const [event] = await unlessDestroyed(eventLog.readStream(tokenStream(userId, deviceId), read), []);
  return event?.id === token.jti && event.revision === token.revision;
}
