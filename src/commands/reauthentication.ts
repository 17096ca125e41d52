import { distance } from '../domain/instant.js';
import type { Bearer, RequestSource } from './commands.js';
import type { CommandContext } from './context.js';
import { loadAccount } from '../event-store/load.js';
import { isPasswordOf } from './sign-in.js';

const RECENT_MS = 10 * 60_000;

/**
 * Whether who asks has proved lately that it is them (OWASP ASVS 5.0 §7.5): by a sign-in of the last ten minutes, or by the
 * password now. Null if so, else why not. Ending other people's sessions with a stolen access token needs more than the token.
 */
export async function reauthentication(
  context: CommandContext,
  { userId, authTime }: Bearer,
  password: string | null,
  source: Pick<RequestSource, 'signal'>,
): Promise<'invalid_credentials' | 'reauthentication_required' | null> {
  if (password === null) return distance(authTime, context.now()) < RECENT_MS ? null : 'reauthentication_required';
  const account = await loadAccount(context, userId);
  const isRight = await isPasswordOf(context, account, password, { source, purpose: 'other' });
  return isRight ? null : 'invalid_credentials';
}
