import { emailStream, userStream } from '../domain/streams.js';
import { StreamDestroyedError } from '../event-store/errors.js';
import { normalEmail } from '../security/email-address.js';
import type { UserAuditContext } from './context.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The id of the user that a text names, by id or by e-mail address; null if there is none. An address is looked up in its own
 * stream, so the log alone says whose it is; an erased user's address is nobody's any more.
 */
export async function findUser(
  context: Pick<UserAuditContext, 'eventLog' | 'emailKey'>,
  text: string,
): Promise<string | null> {
  const id = text.trim().toLowerCase();
  const userId = UUID.test(id) ? id : await ownerOf(context, text);
  return userId !== null && (await exists(context, userId)) ? userId : null;
}

async function ownerOf(
  { eventLog, emailKey }: Pick<UserAuditContext, 'eventLog' | 'emailKey'>,
  text: string,
): Promise<string | null> {
  const email = normalEmail(text);
  if (email === null) return null;
  const newest = await eventLog.readNewest(emailStream(emailKey(email)));
  return newest?.event.type === 'EmailClaimed' ? newest.event.data.userId : null;
}

async function exists({ eventLog }: Pick<UserAuditContext, 'eventLog'>, userId: string): Promise<boolean> {
  try {
    return (await eventLog.readNewest(userStream(userId))) !== null;
  } catch (error) {
    // What happened on the devices of a user whose own stream was destroyed is still to be seen.
    if (error instanceof StreamDestroyedError) return true;
    throw error;
  }
}
