import type { Bearer, SessionRef } from '../commands/commands.js';
import type { HttpServices } from './dependencies.js';
import { Problem } from './problem.js';

/** A session of the asker, also one that has ended; throws `Problem` 404 if there is none of that id. */
export async function sessionOf(
  asker: Pick<Bearer, 'userId' | 'sid'>,
  sid: string,
  { queries }: Pick<HttpServices, 'queries'>,
): Promise<SessionRef> {
  const session = await queries.session(asker, sid);
  if (session === null) throw new Problem('not_found');
  return session;
}
