import { userStream } from '../domain/streams.js';
import { unlessDestroyed } from '../event-store/unless-destroyed.js';
import type { CommandContext } from './context.js';

/** What a user called themselves at the registration; null where it cannot be read any more. */
export interface Person {
  readonly email: string | null;
  readonly name: string | null;
}

/** Opens email and name of a user's registration. */
export async function personOf(
  { eventLog, sealing }: Pick<CommandContext, 'eventLog' | 'sealing'>,
  userId: string,
): Promise<Person> {
  const [first] = await unlessDestroyed(eventLog.readStream(userStream(userId), { from: 0, maxCount: 1 }), []);
  if (first?.event.type !== 'UserRegistered') return { email: null, name: null };
  const { email, name } = first.event.data;
  return {
    email: await sealing.open(userId, 'email', email),
    name: name === null ? null : await sealing.open(userId, 'name', name),
  };
}
