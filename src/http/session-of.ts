import type { Bearer, SessionRef } from '../commands/commands.js';
import type { HttpServices } from './dependencies.js';
import { findShown } from './find-shown.js';

/** A session of a user, also one that has ended, for a bearer who may ask for it. Throws `Problem` 404 or 503 as `findShown` does. */
export async function sessionOf(
  bearer: Bearer,
  { userId, sid }: { readonly userId: string; readonly sid: string },
  { queries, positions }: Pick<HttpServices, 'queries' | 'positions'>,
): Promise<SessionRef> {
  // By the log the bearer's own session lives, and the access token names its device.
  if (userId === bearer.userId && sid === bearer.sid) return { sid, deviceId: bearer.deviceId };
  const find = (): Promise<SessionRef | null> => queries.session({ userId, sid: bearer.sid }, sid);
  return findShown(find, { userId, position: bearer.position }, positions);
}
