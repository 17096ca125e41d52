import type { Sealed } from '../event.js';
import { isAlive, type FamilyInQuestion } from './end-token.js';
import type { DeviceRenamed } from './events.js';
import type { FamilyState } from './state.js';

/** RenameDevice: the event that names the device of a family that is alive, or removes its name; null if it is not alive. */
export function renameDevice(
  state: FamilyState | null,
  { deviceName, ...family }: FamilyInQuestion & { readonly deviceName: Sealed | null },
): DeviceRenamed | null {
  if (!isAlive(state, family)) return null;
  const nameRevision = deviceName === null ? null : state.revision + 1;
  return { type: 'DeviceRenamed', data: { family: { ...state.family, nameRevision }, deviceName } };
}
