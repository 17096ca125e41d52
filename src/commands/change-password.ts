import { changePassword as decideChange } from '../domain/account/decide.js';
import { tokenStream, userStream } from '../domain/streams.js';
import type { Bearer, Commands, PasswordChangeResult, RequestSource } from './commands.js';
import type { CommandContext } from './context.js';
import { loadFamily } from '../event-store/load.js';
import { unlessDestroyed } from '../event-store/unless-destroyed.js';
import { personOf } from './person-of.js';
import { causeOf, recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';
import { beginFamily, isPasswordOf } from './sign-in.js';
import { loadLiving } from './sign-out-all.js';

/**
 * ChangePassword: no token of before goes on, the bearer's own neither, since a copy of it may be in other hands (G4). A new family
 * begins on the bearer's device, in the epoch of this very change. Bearer and password are checked again at each conflict.
 */
export async function changePassword(
  context: CommandContext,
  bearer: Bearer,
  { currentPassword, newPassword }: Parameters<Commands['changePassword']>[1],
  source: RequestSource,
): Promise<PasswordChangeResult> {
  const { userId, deviceId } = bearer;
  const check = { source, purpose: 'other' } as const;
  const changed = await retryOnConflict(async () => {
    const living = await loadLiving(context, bearer);
    if (living === null) return { outcome: 'session_ended' } as const;
    const loaded = living.account;
    if (!(await isPasswordOf(context, loaded, currentPassword, check))) return { outcome: 'invalid_credentials' } as const;
    if (await isPasswordOf(context, loaded, newPassword, check)) return { outcome: 'same_password' } as const;
    if (context.passwordPolicy.isTooCommon(newPassword, await personOf(context, userId)))
      return { outcome: 'password_too_common' } as const;
    const hash = await context.passwords.hash(newPassword, { purpose: 'other', signal: source.signal });
    const passwordHash = await context.sealing.seal(userId, 'password_hash', hash);
    const events = decideChange(loaded.account, passwordHash);
    const cause = { ...causeOf(source, 'user'), now: context.now() };
    await context.eventLog.append(userStream(userId), recording(context, events, cause), loaded.revision);
    return { outcome: 'changed', account: events[1].data.account } as const;
  });
  if (changed.outcome !== 'changed') return changed;
  const former = await formerOf(context, bearer);
  const issued = await beginFamily(
    context,
    { userId, account: changed.account },
    { deviceId, isNewDevice: false, ...former },
    source,
  );
  return { outcome: 'changed', ...issued };
}

/** What the new family takes over from the bearer's: the device's name, whether it is remembered, and the key it is bound to. */
async function formerOf(
  context: CommandContext,
  { userId, deviceId }: Bearer,
): Promise<{ readonly deviceName: string | null; readonly remember: boolean; readonly jkt: string | null }> {
  const family = await loadFamily(context, userId, deviceId);
  if (family === null) return { deviceName: null, remember: true, jkt: null };
  const { nameRevision, remember, binding } = family.state.family;
  return {
    deviceName: nameRevision === null ? null : await nameAt(context, { userId, deviceId, revision: nameRevision }),
    remember,
    jkt: binding?.jkt ?? null,
  };
}

async function nameAt(
  { eventLog, sealing }: CommandContext,
  { userId, deviceId, revision }: { readonly userId: string; readonly deviceId: string; readonly revision: number },
): Promise<string | null> {
  // Where it is in an archive that is not there, the device loses its name.
  const read = { from: revision, maxCount: 1, archived: 'if_there' } as const;
  const [named] = await unlessDestroyed(eventLog.readStream(tokenStream(userId, deviceId), read), []);
  const sealed = named?.revision === revision && 'deviceName' in named.event.data ? named.event.data.deviceName : null;
  return sealed === null ? null : sealing.open(userId, 'device_name', sealed);
}
