import type { Role } from '../../src/domain/account/snapshot.js';
import type { Pair } from './api-client.js';
import { freshCredentials, type RunningApp } from './running-app.js';

/** Somebody who is registered and signed in. */
export interface SignedIn {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  readonly pair: Pair;
}

export async function signedInUser(app: RunningApp, name: string | null = null): Promise<SignedIn> {
  const credentials = freshCredentials();
  const { body } = await app.api.post('register', { ...credentials, name });
  const { body: pair, headers } = await app.api.login(credentials);
  // Others' queries do not wait for what this user has done.
  const shown = await app.api.get('me', pair.access_token, { 'if-log-position': headers.get('log-position') ?? '' });
  if (shown.status !== 200) throw new Error(`me answered ${shown.status}: ${shown.text}`);
  return { ...credentials, userId: String(body.user_id), pair };
}

/** Somebody signed in to whom an operator has granted role `admin`, or another one. */
export async function signedInAdmin(app: RunningApp, role: Role = 'admin'): Promise<SignedIn> {
  const user = await signedInUser(app);
  await changeRole(app, user, { role, granted: true });
  return user;
}

/** An operator grants a role or takes it. */
export async function changeRole(
  app: RunningApp,
  { userId }: Pick<SignedIn, 'userId'>,
  changed: { readonly role: Role; readonly granted: boolean },
): Promise<void> {
  const users = await app.application.operator.users();
  await users.change(userId, 'operator:test', { change: (admin, of) => admin.changeRole(of, changed), fits: ['active'] });
}
