import { isAlive } from '../domain/token-family/end-token.js';
import type { Authentication } from './commands.js';
import { currentInstant, type CommandContext } from './context.js';
import { loadFamilyAndAccount, newer } from './load.js';

/** Checks an access token (RFC 9068 §4), then by the log whether its family is alive: revoked means revoked (G4). */
export async function authenticate(context: CommandContext, accessToken: string): Promise<Authentication> {
  const verified = await context.accessTokens.verify(accessToken, context.now());
  if (verified.outcome !== 'valid') return { outcome: verified.outcome };
  const { userId, sid, deviceId } = verified;
  const loaded = await loadFamilyAndAccount(context.eventStore, userId, deviceId);
  if (loaded === null) return { outcome: 'invalid' };
  const { family, account } = loaded;
  if (!isAlive(family.state, { sid, account: account.state, now: currentInstant(context) })) return { outcome: 'revoked' };
  return { outcome: 'authenticated', userId, sid, deviceId, position: newer(family.position, account.position) };
}
