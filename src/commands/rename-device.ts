import { tokenStream } from '../domain/streams.js';
import { renameDevice as decideRename } from '../domain/token-family/rename-device.js';
import type { Bearer, DeviceRenameResult, RequestSource, SessionRef } from './commands.js';
import { sealOptional, type CommandContext } from './context.js';
import { loadFamilyAndAccount } from '../event-store/load.js';
import { causeOf, recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';

/** RenameDevice: names a device of the bearer's user, or removes its name. */
export async function renameDevice(
  context: CommandContext,
  { userId }: Bearer,
  { sid, deviceId, name }: SessionRef & { readonly name: string | null },
  source: RequestSource,
): Promise<DeviceRenameResult> {
  const deviceName = await sealOptional(context, userId, 'device_name', name);
  return retryOnConflict(async () => {
    const loaded = await loadFamilyAndAccount(context, userId, deviceId);
    if (loaded === null) return { outcome: 'not_found' };
    const { family, account } = loaded;
    const now = context.now();
    const event = decideRename(family.state, { sid, account: account.account, now, deviceName });
    if (event === null) return { outcome: 'not_found' };
    const events = recording(context, [event], { ...causeOf(source, 'user'), now });
    const { position } = await context.eventLog.append(tokenStream(userId, deviceId), events, family.state.revision);
    return { outcome: 'renamed', position };
  });
}
