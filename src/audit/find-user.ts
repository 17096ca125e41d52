import { emailStream, userStream } from '../domain/streams.js';
import { StreamDestroyedError } from '../event-store/errors.js';
import { normalEmail } from '../security/email-address.js';
import type { UserAuditContext } from './context.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Context = Pick<UserAuditContext, 'eventLog' | 'emailKey' | 'index'>;

/**
 * The id of the user that a text names, by id or by email; null if there is none. An email is looked up in its own
 * stream, so the log alone says whose it is; an erased user's email is nobody's any more. Where somebody destroyed a stream at the
 * store, the read model says whose it was.
 */
export async function findUser(context: Context, text: string): Promise<string | null> {
  const id = text.trim().toLowerCase();
  const userId = UUID.test(id) ? id : await ownerOf(context, text);
  return userId !== null && (await exists(context, userId)) ? userId : null;
}

async function ownerOf({ eventLog, emailKey, index }: Context, text: string): Promise<string | null> {
  const email = normalEmail(text);
  if (email === null) return null;
  const key = emailKey(email);
  try {
    const newest = await eventLog.readNewest(emailStream(key));
    if (newest !== null) return newest.event.type === 'EmailClaimed' ? newest.event.data.userId : null;
  } catch (error) {
    if (!(error instanceof StreamDestroyedError)) throw error;
  }
  return (await index.accountByEmailKey(key))?.id ?? null;
}

async function exists({ eventLog, index }: Context, userId: string): Promise<boolean> {
  try {
    if ((await eventLog.readNewest(userStream(userId))) !== null) return true;
  } catch (error) {
    if (!(error instanceof StreamDestroyedError)) throw error;
    return true;
  }
  // What happened on the devices of a user whose own stream was destroyed is still to be seen.
  return (await index.deviceStreamsOf(userId, null, 1)).length > 0;
}
