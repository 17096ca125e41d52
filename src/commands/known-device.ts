import { emailStream } from '../domain/streams.js';
import type { Commands } from './commands.js';
import type { CommandContext } from './context.js';
import { isOfThisLog } from './other-run.js';
import { loadAccount, loadFamily, newestOf } from '../event-store/load.js';

/**
 * Which device of the account that somebody signs in to is proved by a refresh token (OWASP's device cookie): one of its families,
 * ended or not. It has a limit of its own, which strangers cannot spend. Null if the token proves none.
 */
export async function knownDevice(
  context: CommandContext,
  { refreshToken, email, deviceId }: Parameters<Commands['knownDevice']>[0],
): ReturnType<Commands['knownDevice']> {
  const claims = context.refreshTokens.verify(refreshToken);
  if (claims === null || (deviceId !== null && deviceId !== claims.deviceId)) return null;
  const claim = await newestOf(context, emailStream(context.emailKey(email)));
  if (claim?.event.type !== 'EmailClaimed' || claim.event.data.userId !== claims.userId) return null;
  const newest = await loadFamily(context, claims.userId, claims.deviceId);
  if (newest === null || !(await isOfThisLog(context, claims, newest))) return null;
  const account = await loadAccount(context, claims.userId);
  if (account === null) return null;
  return { deviceId: claims.deviceId, isOld: claims.family.epoch < account.account.passwordEpoch };
}
