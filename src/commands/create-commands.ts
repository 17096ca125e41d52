import { changePassword } from './change-password.js';
import type { Commands } from './commands.js';
import type { CommandContext } from './context.js';
import { deleteAccount } from './delete-account.js';
import { requestEmailVerification, verifyEmail } from './email-verification.js';
import { knownDevice } from './known-device.js';
import { forgotPassword, resetPassword } from './password-reset.js';
import { refresh } from './refresh.js';
import { register } from './register.js';
import { renameDevice } from './rename-device.js';
import { revokeToken } from './revoke-token.js';
import { signIn } from './sign-in.js';
import { signOutAll } from './sign-out-all.js';
import { removeSession, signOut } from './sign-out.js';

/** All that the HTTP layer may ask for, on one context. */
export function createCommands(context: CommandContext): Commands {
  return {
    register: (input, source) => register(context, input, source),
    signIn: (input, source) => signIn(context, input, source),
    refresh: (presented, source) => refresh(context, presented, source),
    signOut: (refreshToken, source) => signOut(context, refreshToken, source),
    revokeToken: (token, source) => revokeToken(context, token, source),
    signOutAll: (bearer, input, source) => signOutAll(context, bearer, input, source),
    removeSession: (bearer, session, source) => removeSession(context, bearer, session, source),
    renameDevice: (bearer, session, source) => renameDevice(context, bearer, session, source),
    changePassword: (bearer, input, source) => changePassword(context, bearer, input, source),
    deleteAccount: (bearer, input, source) => deleteAccount(context, bearer, input, source),
    forgotPassword: (email, source) => forgotPassword(context, email, source),
    resetPassword: (input, source) => resetPassword(context, input, source),
    requestEmailVerification: (bearer, mayMail, source) => requestEmailVerification(context, bearer, mayMail, source),
    verifyEmail: (code, source) => verifyEmail(context, code, source),
    knownDevice: (proof) => knownDevice(context, proof),
  };
}
