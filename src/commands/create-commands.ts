import { authenticate } from './authenticate.js';
import { changePassword } from './change-password.js';
import type { Commands } from './commands.js';
import type { CommandContext } from './context.js';
import { refresh } from './refresh.js';
import { register } from './register.js';
import { signIn } from './sign-in.js';
import { signOutAll } from './sign-out-all.js';
import { removeSession, signOut } from './sign-out.js';

/** All that the HTTP layer may ask for, on one context. */
export function createCommands(context: CommandContext): Commands {
  return {
    register: (input, origin) => register(context, input, origin),
    signIn: (input, origin) => signIn(context, input, origin),
    refresh: (refreshToken, origin) => refresh(context, refreshToken, origin),
    signOut: (refreshToken, origin) => signOut(context, refreshToken, origin),
    signOutAll: (bearer, keepCurrent, origin) => signOutAll(context, bearer, keepCurrent, origin),
    removeSession: (bearer, session, origin) => removeSession(context, bearer, session, origin),
    changePassword: (bearer, input, origin) => changePassword(context, bearer, input, origin),
    authenticate: (accessToken) => authenticate(context, accessToken),
  };
}
