import { userStream } from '../domain/streams.js';
import type { UserRegistered } from '../domain/account/events.js';
import { findInStream } from '../event-store/find-in-stream.js';
import { unlessDestroyed } from '../event-store/unless-destroyed.js';
import type { CommandContext } from './context.js';

/** What a user is called now; null where there is nothing, or where it cannot be read any more. */
export interface Person {
  readonly email: string | null;
  readonly name: string | null;
}

type Context = Pick<CommandContext, 'eventLog' | 'sealing'>;

/** Opens the email of a user; null where it cannot be read any more. Rejects as log and key store do. */
export async function emailOf(context: Context, userId: string): Promise<string | null> {
  const registered = await registrationOf(context, userId);
  return registered === null ? null : context.sealing.open(userId, 'email', registered.email);
}

/** Opens email and present name of a user. Rejects as log and key store do. */
export async function personOf(context: Context, userId: string): Promise<Person> {
  const registered = await registrationOf(context, userId);
  if (registered === null) return { email: null, name: null };
  const { email, name } = registered;
  const isNamed = name !== null && !(await isNameDropped(context, userId));
  return {
    email: await context.sealing.open(userId, 'email', email),
    name: isNamed ? await context.sealing.open(userId, 'name', name) : null,
  };
}

async function registrationOf({ eventLog }: Context, userId: string): Promise<UserRegistered['data'] | null> {
  const [first] = await unlessDestroyed(eventLog.readStream(userStream(userId), { from: 0, maxCount: 1 }), []);
  return first?.event.type === 'UserRegistered' ? first.event.data : null;
}

/**
 * Whether a reset took over an account that was never verified, and dropped the name that somebody else had given. That reset
 * verified the account too, so it is the first event of the verified account, and a few reads find it.
 */
async function isNameDropped({ eventLog }: Context, userId: string): Promise<boolean> {
  const verified = findInStream(eventLog, userStream(userId), ({ event }) => event.data.account.emailVerified);
  const first = await unlessDestroyed(verified, null);
  return first?.event.type === 'PasswordChanged' && first.event.data.nameDropped;
}
