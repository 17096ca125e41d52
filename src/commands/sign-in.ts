import type { AccountSnapshot } from '../domain/account/snapshot.js';
import { emailStream, streamName, tokenStream } from '../domain/streams.js';
import { issueToken } from '../domain/token-family/issue-token.js';
import type { Commands, RequestSource, SignInResult } from './commands.js';
import type { CommandContext } from './context.js';
import { sealOptional } from './context.js';
import { loadAccount, loadFamilyAndAccount, loadRevokedAt, newestOf, type LoadedAccount } from '../event-store/load.js';
import { StreamDestroyedError } from '../event-store/errors.js';
import { causeOf, recording } from './recording.js';
import { retryOnConflict } from '../event-store/waiting.js';
import { KeyMissingError } from '../security/sealing.js';
import { limitSessions } from './session-limit.js';
import { tokenPair } from './token-pair.js';

type Input = Parameters<Commands['signIn']>[0];

/**
 * IssueToken: checks the password, then begins a family on the device (a new one if none is named), ending the one that lived
 * there. Unknown email and wrong password are one answer after the same work.
 */
export async function signIn(context: CommandContext, input: Input, source: RequestSource): Promise<SignInResult> {
  const loaded = await accountOfEmail(context, input.email);
  const isRight = await isPasswordOf(context, loaded, input.password, { source, purpose: 'sign_in' });
  if (loaded === null) return { outcome: 'invalid_credentials' };
  if (!isRight) {
    await sayIfKeyIsMissing(context, loaded);
    return { outcome: 'invalid_credentials' };
  }
  if (loaded.account.status === 'disabled') return { outcome: 'account_disabled' };
  if (loaded.account.status !== 'active') return { outcome: 'invalid_credentials' };
  const issued = await beginUnlessErased(context, loaded, input, source);
  if (issued === null) return { outcome: 'invalid_credentials' };
  await limitSessions(context, { userId: loaded.userId, position: issued.position, correlationId: source.correlationId });
  return { outcome: 'issued', userId: loaded.userId, ...issued };
}

/** Without the key no password is right: to the client it looks like a wrong one, so operators must hear of it. */
async function sayIfKeyIsMissing({ alarms, userKeys }: CommandContext, { userId, account }: LoadedAccount): Promise<void> {
  if (account.status === 'active' && (await userKeys.state(userId)) === 'missing') alarms.userKeyMissing(userId);
}

/** Null if the user's key is destroyed by an erasure that began after the password was checked: nobody has the account any more. */
async function beginUnlessErased(
  context: CommandContext,
  loaded: LoadedAccount,
  input: Input,
  source: RequestSource,
): Promise<Awaited<ReturnType<typeof beginFamily>> | null> {
  try {
    return await beginFamily(context, loaded, { ...input, isNewDevice: input.deviceId === null }, source);
  } catch (error) {
    if (error instanceof KeyMissingError) return null;
    throw error;
  }
}

/** What a new family is begun with. */
interface FamilyInput extends Pick<Input, 'deviceId' | 'deviceName' | 'remember' | 'jkt'> {
  /** Nobody can have signed in on it before, so there is nothing to read. */
  readonly isNewDevice: boolean;
}

/**
 * Appends a new family on a device, ending the one that lives there (G5). Where somebody destroyed the device's stream at the store, the
 * device does not exist: the family begins on a new one, as for a sign-in that names none.
 */
export async function beginFamily(
  context: CommandContext,
  holder: Pick<LoadedAccount, 'userId' | 'account'>,
  input: FamilyInput,
  source: RequestSource,
): Promise<Begun> {
  try {
    return await beginOnDevice(context, holder, input, source);
  } catch (error) {
    const { deviceId } = input;
    if (!(error instanceof StreamDestroyedError) || deviceId === null) throw error;
    if (!error.stream.endsWith(streamName(tokenStream(holder.userId, deviceId)))) throw error;
    context.alarms.streamDestroyed(error.stream);
    return beginOnDevice(context, holder, { ...input, deviceId: null, isNewDevice: true }, source);
  }
}

type Begun = Pick<SignInResult & { outcome: 'issued' }, 'tokens' | 'position'>;

async function beginOnDevice(
  context: CommandContext,
  { userId, account }: Pick<LoadedAccount, 'userId' | 'account'>,
  { deviceName: name, remember, jkt, isNewDevice, ...input }: FamilyInput,
  source: RequestSource,
): Promise<Begun> {
  const deviceId = input.deviceId ?? context.newId();
  const sid = context.newId();
  const [deviceName, client, tag] = await Promise.all([
    sealOptional(context, userId, 'device_name', name),
    context.clientSealing.seal(userId, source),
    context.clientTags.tagOf({ userId, sid }, source),
  ]);
  return retryOnConflict(async () => {
    const former = isNewDevice ? null : await loadFamilyAndAccount(context, userId, deviceId);
    const now = context.now();
    const { events, issued } = issueToken(former?.family.state ?? null, {
      account,
      currentAccount: former?.account.account ?? account,
      formerRevokedAt: former && (await loadRevokedAt(context, former, now)),
      sid,
      successor: {
        jti: context.newEventId(),
        keyId: context.refreshTokens.currentKeyId,
        runId: context.eventLog.runId,
      },
      ...{ now, policy: context.policy, deviceName, client, tag, remember, jkt },
    });
    const recorded = recording(context, events, { ...causeOf(source, 'user'), now });
    const expected = former?.family.state.revision ?? 'no_stream';
    const { position } = await context.eventLog.append(tokenStream(userId, deviceId), recorded, expected);
    if (events.some(({ type }) => type === 'TokenRevoked')) context.onEnded('superseded');
    const { family } = issued.data;
    return { tokens: tokenPair(context, { userId, deviceId, account }, { family, decidedAt: now }), position };
  });
}

/** The account that an email belongs to; null if nobody can sign in with it. */
async function accountOfEmail(context: CommandContext, email: string): Promise<LoadedAccount | null> {
  const claim = await newestOf(context, emailStream(context.emailKey(email)));
  // For an unknown email the stores are asked as much as for any other: otherwise time says which emails are known.
  const userId = claim?.event.type === 'EmailClaimed' ? claim.event.data.userId : context.newId();
  const account = await loadAccount(context, userId);
  // Nobody signs in on a key that another instance has destroyed, nor on one that could not be asked for now.
  await context.userKeys.renew(userId);
  return account;
}

/** Which queue a password check waits in, and for whom. */
export interface PasswordCheck {
  readonly source: Pick<RequestSource, 'signal'>;
  readonly purpose: 'sign_in' | 'other';
}

/** Checks the password of an account; the work is the same for no account, or one whose key is gone: nobody signs in then. */
export async function isPasswordOf(
  { sealing, passwords }: Pick<CommandContext, 'sealing' | 'passwords'>,
  loaded: { readonly userId: string; readonly account: Pick<AccountSnapshot, 'passwordHash'> } | null,
  password: string,
  { source, purpose }: PasswordCheck,
): Promise<boolean> {
  const sealed = loaded?.account.passwordHash ?? null;
  const hash = loaded === null || sealed === null ? null : await sealing.open(loaded.userId, 'password_hash', sealed);
  return passwords.verify(hash, password, { purpose, signal: source.signal });
}
