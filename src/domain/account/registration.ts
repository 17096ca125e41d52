import type { CodeRequest } from './code.js';
import type { EmailVerificationRequested, RegistrationAbandoned, UserRegistered } from './events.js';
import type { AccountSnapshot } from './snapshot.js';
import { verificationRequested } from './verification.js';

const UNREGISTERED: AccountSnapshot = {
  status: 'abandoned',
  epoch: 0,
  kept: null,
  roles: [],
  emailVerified: false,
  passwordHash: null,
  passwordEpoch: 0,
  pendingReset: null,
  pendingVerification: null,
  usedVerification: null,
};

/** A user who registers. All but `emailKey`, which names the email's stream, is sealed. */
export type Registration = Omit<UserRegistered['data'], 'account'> & { readonly passwordHash: string };

/** RegisterUser: the first event of a user's stream. */
export function registerUser({ email, name, emailKey, passwordHash }: Registration): UserRegistered {
  return {
    type: 'UserRegistered',
    data: { email, name, emailKey, account: { ...UNREGISTERED, status: 'active', passwordHash } },
  };
}

/** RegisterUser together with the request to verify the email, in one append. */
export function registerUserToVerify(
  user: Registration,
  request: CodeRequest,
): readonly [UserRegistered, EmailVerificationRequested] {
  const { type, data } = registerUser(user);
  const requested = verificationRequested(data.account, request);
  return [{ type, data: { ...data, account: requested.data.account } }, requested];
}

/** Gives a registration up that was never completed: the only event of the user's stream then, which it closes. */
export function abandonRegistration(): RegistrationAbandoned {
  return { type: 'RegistrationAbandoned', data: { account: UNREGISTERED } };
}
