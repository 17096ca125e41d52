import type { Actor, Sealed } from '../domain/event.js';
import { tokenStream } from '../domain/streams.js';
import { endToken } from '../domain/token-family/end-token.js';
import type { RevocationReason } from '../domain/token-family/events.js';
import { newer, type Position } from '../event-store/position.js';
import type { CommandContext } from './context.js';
import { loadFamilyAndAccount, loadRevokedAt } from '../event-store/load.js';
import { causeOf, recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';

/** A family, by its device and session. */
export interface FamilyRef {
  readonly userId: string;
  readonly deviceId: string;
  readonly sid: string;
}

/** Why a family ends, by whom, and in which request. */
export interface Ending {
  readonly reason: RevocationReason;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly note?: Sealed | null;
}

/**
 * RevokeToken: ends a family if it is alive; null if there is no such device or user. One that has expired gets its expiry noted,
 * so that no clock that steps back revives what was answered as ended (G4).
 */
export function endFamily(
  context: Pick<CommandContext, 'eventLog' | 'alarms' | 'now' | 'newEventId'>,
  { userId, deviceId, sid }: FamilyRef,
  ending: Ending,
): Promise<{ readonly revoked: boolean; readonly position: Position } | null> {
  return retryOnConflict(async () => {
    const loaded = await loadFamilyAndAccount(context, userId, deviceId);
    if (loaded === null) return null;
    const { family, account } = loaded;
    const now = context.now();
    const { reason, note = null } = ending;
    const revokedAt = await loadRevokedAt(context, loaded, now);
    const event = endToken(family.state, { sid, account: account.account, now, revokedAt, reason, note });
    if (event === null) return { revoked: false, position: newer(family.position, account.position) };
    const isRevoked = event.type === 'TokenRevoked';
    const events = recording(context, [event], { ...causeOf(ending, isRevoked ? ending.actor : 'system'), now });
    const { position } = await context.eventLog.append(tokenStream(userId, deviceId), events, family.state.revision);
    return { revoked: isRevoked, position };
  });
}
