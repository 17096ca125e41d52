import { abandonRegistration, registerUserToVerify } from '../domain/account/decide.js';
import type { EmailClaimed } from '../domain/account/events.js';
import { emailStream, userStream } from '../domain/streams.js';
import { StreamDestroyedError, WrongExpectedRevisionError } from '../event-store/errors.js';
import type { Cause } from '../event-store/event-log.js';
import type { ExpectedRevision } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { Commands, RegisterResult, RequestSource } from './commands.js';
import { sealOptional, type CommandContext } from './context.js';
import { codeRequest } from './email-verification.js';
import { loadAccount, newestOf } from '../event-store/load.js';
import { causeOf, recording } from './recording.js';

type Input = Parameters<Commands['register']>[0];
type Registration = Parameters<typeof registerUserToVerify>[0];

/**
 * RegisterUser. An email is unique without transactions over streams: its claim is appended to its own stream, then the user to
 * theirs. A claim whose user was never registered is taken over, after that user's stream was closed: so a slow first registrant
 * fails instead of winning late.
 */
export async function register(context: CommandContext, input: Input, source: RequestSource): Promise<RegisterResult> {
  if (!context.registrationIsOpen) return { outcome: 'registration_closed' };
  if (context.passwordPolicy.isTooCommon(input.password, input)) return { outcome: 'password_too_common' };
  const cause = causeOf(source, 'anonymous');
  const emailKey = context.emailKey(input.email);
  // Asked before the costly part, and again after it: only the second answer counts.
  if ((await newestClaim(context, emailKey)).standing === 'taken') return { outcome: 'email_taken' };
  const hash = await context.passwords.hash(input.password, { purpose: 'registration', signal: source.signal });
  const userId = context.newId();
  // The key last, after all that may fail: one without a user would stay for ever.
  await context.userKeys.create(userId);
  try {
    const registration = await registrationOf(context, { userId, hash, emailKey, input });
    const position = await claimAndRegister(context, { userId, registration, cause });
    if (position !== null) return { outcome: 'registered', userId, email: input.email, position };
  } catch (error) {
    await withdraw(context, userId);
    throw error;
  }
  await withdraw(context, userId);
  return { outcome: 'email_taken' };
}

/** Destroys the key of a user who was not registered. One whose registration may be in the log keeps it. */
async function withdraw(context: CommandContext, userId: string): Promise<void> {
  const isRegistered = await loadAccount(context, userId).then(
    (account) => account !== null && account.account.status !== 'abandoned',
    () => true,
  );
  if (!isRegistered) await context.userKeys.destroy(userId, context.now()).catch(() => undefined);
}

async function registrationOf(
  context: CommandContext,
  of: { readonly userId: string; readonly hash: string; readonly emailKey: string; readonly input: Input },
): Promise<Registration> {
  const { userId, hash, emailKey, input } = of;
  const [email, name, passwordHash] = await Promise.all([
    context.sealing.seal(userId, 'email', input.email),
    sealOptional(context, userId, 'name', input.name),
    context.sealing.seal(userId, 'password_hash', hash),
  ]);
  return { email, name, emailKey, passwordHash };
}

/** The position of the registration; null if another one of the same email was before it, or took over. */
async function claimAndRegister(
  context: CommandContext,
  { userId, registration, cause }: { readonly userId: string; readonly registration: Registration; readonly cause: Cause },
): Promise<Position | null> {
  const { emailKey } = registration;
  const claim: EmailClaimed = { type: 'EmailClaimed', data: { userId } };
  try {
    const expected = await claimable(context, emailKey, cause);
    if (expected === null) return null;
    const now = context.now();
    await context.eventLog.append(emailStream(emailKey), recording(context, [claim], { ...cause, now }), expected);
    // In the same append, so that no registration is without its verification mail.
    const request = codeRequest(context, userId);
    const registered = registerUserToVerify(registration, { ...request, now });
    const events = recording(context, registered, { ...cause, now, ids: [undefined, request.eventId] });
    return (await context.eventLog.append(userStream(userId), events, 'no_stream')).position;
  } catch (error) {
    if (error instanceof WrongExpectedRevisionError) return null;
    // The address's stream was destroyed at the store: nobody can claim it any more. (The new user's own was never there.)
    if (!(error instanceof StreamDestroyedError)) throw error;
    context.alarms.streamDestroyed(error.stream);
    return null;
  }
}

/** The newest claim of an email, and whether it leaves the email to others. */
interface Claim {
  /** Where the next claim is expected. */
  readonly revision: ExpectedRevision;
  /** `pending`: the user who claimed it has not registered, or not yet. */
  readonly standing: 'free' | 'taken' | { readonly pending: string };
}

async function newestClaim(context: CommandContext, emailKey: string): Promise<Claim> {
  const claim = await newestOf(context, emailStream(emailKey));
  if (claim === null) return { revision: 'no_stream', standing: 'free' };
  const { revision, event } = claim;
  if (event.type === 'EmailReleased') return { revision, standing: 'free' };
  const holder = await loadAccount(context, event.data.userId);
  if (holder === null) return { revision, standing: { pending: event.data.userId } };
  // An erased user's email is free once it was released: until then the claim stands.
  return { revision, standing: holder.account.status === 'abandoned' ? 'free' : 'taken' };
}

/** The revision at which the email can be claimed, once nobody else can complete a registration with it; null if it is taken. */
async function claimable(context: CommandContext, emailKey: string, cause: Cause): Promise<ExpectedRevision | null> {
  const { revision, standing } = await newestClaim(context, emailKey);
  if (standing === 'taken') return null;
  if (typeof standing === 'string') return revision;
  return (await abandon(context, standing.pending, cause)) ? revision : null;
}

/** Closes the stream of a user who was never registered; false if the registration came meanwhile, or another closed it. */
async function abandon(context: CommandContext, userId: string, cause: Cause): Promise<boolean> {
  try {
    const events = recording(context, [abandonRegistration()], { ...cause, now: context.now() });
    await context.eventLog.append(userStream(userId), events, 'no_stream');
    return true;
  } catch (error) {
    if (error instanceof WrongExpectedRevisionError) return false;
    // A destroyed stream takes no registration any more: it is closed already.
    if (error instanceof StreamDestroyedError) return true;
    throw error;
  }
}
