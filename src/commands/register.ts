import { abandonRegistration, registerUser } from '../domain/account/decide.js';
import { userStream, type EmailClaimed, type UserRegistered } from '../domain/account/events.js';
import { emailEventOf } from '../domain/recorded.js';
import { WrongExpectedRevisionError } from '../event-store/errors.js';
import { readNewest, type ExpectedRevision } from '../event-store/event-store.js';
import type { Commands, Origin, Registration } from './commands.js';
import { sealOptional, type CommandContext } from './context.js';
import { loadAccountFacts } from './load.js';
import { recording, type Cause } from './recording.js';

/**
 * RegisterUser: claims the address in its own stream, then begins the user's. Of registrations of one address that race,
 * the one that claims last wins, for it closes the streams of those before it: a slow one fails instead of winning late.
 */
export async function register(
  context: CommandContext,
  input: Parameters<Commands['register']>[0],
  origin: Origin,
): Promise<Registration> {
  const cause: Cause = { correlationId: origin.correlationId, actor: { kind: 'anonymous' } };
  // Asked before the costly part, and again after it: only the second answer counts.
  if ((await newestClaim(context, input.email)).standing === 'taken') return { outcome: 'email_taken' };
  const userId = context.newId();
  await context.userKeys.create(userId);
  const registered = await userRegistered(context, userId, input);
  const position = await claimAndRegister(context, input.email, registered, cause);
  if (position === null) {
    // Nothing in the log was sealed with it.
    await context.userKeys.destroy(userId);
    return { outcome: 'email_taken' };
  }
  return { outcome: 'registered', userId, email: input.email, position };
}

async function userRegistered(
  { sealing, passwords, ...context }: CommandContext,
  userId: string,
  { email, password, name }: Parameters<Commands['register']>[0],
): Promise<UserRegistered> {
  const hash = await passwords.hash(password);
  const [sealedEmail, sealedName, passwordHash] = await Promise.all([
    sealing.seal(userId, 'email', email),
    sealOptional({ ...context, sealing }, userId, 'name', name),
    sealing.seal(userId, 'password_hash', hash),
  ]);
  return registerUser({ userId, email: sealedEmail, name: sealedName, passwordHash, roles: ['user'] });
}

/** The position of the registration; null if another one of the same address was before it, or took over. */
async function claimAndRegister(
  context: CommandContext,
  email: string,
  registered: UserRegistered,
  cause: Cause,
): Promise<string | null> {
  const { userId } = registered.data;
  const claim: EmailClaimed = { type: 'EmailClaimed', data: { userId } };
  try {
    const expected = await claimable(context, email, cause);
    if (expected === null) return null;
    await context.eventStore.append(context.emailStream(email), recording(context, [claim], cause), expected);
    const events = recording(context, [registered], cause);
    return (await context.eventStore.append(userStream(userId), events, 'no_stream')).position;
  } catch (error) {
    if (error instanceof WrongExpectedRevisionError) return null;
    throw error;
  }
}

/** The newest claim of an address, and whether it leaves the address to others. */
interface Claim {
  /** Where the next claim is expected. */
  readonly revision: ExpectedRevision;
  /** `pending`: whoever claimed it has not registered, or not yet. */
  readonly standing: 'free' | 'taken' | { readonly pending: string };
}

async function newestClaim({ eventStore, emailStream }: CommandContext, email: string): Promise<Claim> {
  const claim = await readNewest(eventStore, emailStream(email));
  if (claim === null) return { revision: 'no_stream', standing: 'free' };
  const { revision } = claim;
  const { userId } = emailEventOf(claim).data;
  const holder = await loadAccountFacts(eventStore, userId);
  if (holder === null) return { revision, standing: { pending: userId } };
  const left = holder.state.status === 'erased' || holder.state.status === 'abandoned';
  return { revision, standing: left ? 'free' : 'taken' };
}

/** The revision at which the address can be claimed, once nobody else can complete a registration with it; null if it is taken. */
async function claimable(context: CommandContext, email: string, cause: Cause): Promise<ExpectedRevision | null> {
  const { revision, standing } = await newestClaim(context, email);
  if (standing === 'free') return revision;
  if (standing === 'taken') return null;
  return (await abandon(context, standing.pending, cause)) ? revision : null;
}

/** Closes the stream of a user who was never registered; false if the registration came meanwhile, or another closed it. */
async function abandon(context: CommandContext, userId: string, cause: Cause): Promise<boolean> {
  try {
    await context.eventStore.append(
      userStream(userId),
      recording(context, [abandonRegistration(userId)], cause),
      'no_stream',
    );
    return true;
  } catch (error) {
    if (error instanceof WrongExpectedRevisionError) return false;
    throw error;
  }
}
