import type { Account } from '../domain/account/account.js';
import { deviceStream } from '../domain/token-family/events.js';
import { issueToken } from '../domain/token-family/issue-token.js';
import { emailEventOf } from '../domain/recorded.js';
import { readNewest } from '../event-store/event-store.js';
import type { Commands, Origin, SignIn } from './commands.js';
import { currentInstant, sealOptional, type CommandContext } from './context.js';
import { loadAccount, loadFamilyAndAccount, loadRevokedAt } from './load.js';
import { recording } from './recording.js';
import { tokenPair } from './token-pair.js';
import { untilNoConflict } from './until-no-conflict.js';

/**
 * IssueToken: checks the password, then begins a family on the device (a new one if none is named), ending the one that lived
 * there. Whether the address is unknown, the account disabled or the password wrong is one answer after the same work.
 */
export async function signIn(
  context: CommandContext,
  input: Parameters<Commands['signIn']>[0],
  origin: Origin,
): Promise<SignIn> {
  const account = await accountOf(context, input.email);
  const isRight = await isPasswordOf(context, account, input.password);
  if (account === null || !isRight) return { outcome: 'invalid_credentials' };
  const { userId } = account;
  const deviceId = input.deviceId ?? context.newId();
  const [deviceName, client] = await Promise.all([
    sealOptional(context, userId, 'device_name', input.deviceName),
    context.clientSealing.seal(userId, origin),
  ]);
  return untilNoConflict(async () => {
    const former = input.deviceId === undefined ? null : await loadFamilyAndAccount(context.eventStore, userId, deviceId);
    const now = currentInstant(context);
    const { ending, issued } = issueToken(former?.family.state ?? null, {
      account,
      currentAccount: former?.account.state ?? account,
      formerRevokedAt: former && (await loadRevokedAt(context.eventStore, former, now)),
      deviceId,
      sid: context.newId(),
      token: { jti: context.newId(), keyId: context.refreshTokens.currentKeyId },
      now,
      lifetimes: context.lifetimes,
      deviceName,
      client,
    });
    const cause = { correlationId: origin.correlationId, actor: { kind: 'user', userId } as const };
    const { position } = await context.eventStore.append(
      deviceStream(userId, deviceId),
      recording(context, [...ending, issued], cause),
      former?.family.state.revision ?? 'no_stream',
    );
    return { outcome: 'issued', tokens: await tokenPair(context, issued.data), userId, position };
  });
}

/** The account that an address belongs to; null if nobody can sign in with it. */
async function accountOf(
  { eventStore, emailStream, newId, userKeys }: CommandContext,
  email: string,
): Promise<Account | null> {
  const claim = await readNewest(eventStore, emailStream(email));
  // For an unknown address the stores are asked as much as for any other: if they are far away, time would tell them apart.
  const userId = claim === null ? newId() : emailEventOf(claim).data.userId;
  const account = await loadAccount(eventStore, userId);
  // Nobody signs in on a key that another instance has destroyed, nor on one that could not be asked for now.
  await userKeys.renew(userId);
  return account?.status === 'active' ? account : null;
}

/** Checks the password of an account; the work is the same for no account, or one whose key is gone: nobody signs in then. */
export async function isPasswordOf(
  { sealing, passwords }: Pick<CommandContext, 'sealing' | 'passwords'>,
  account: Account | null,
  password: string,
): Promise<boolean> {
  const sealed = account?.passwordHash ?? null;
  const hash = account === null || sealed === null ? null : await sealing.open(account.userId, 'password_hash', sealed);
  return passwords.verify(hash, password);
}
