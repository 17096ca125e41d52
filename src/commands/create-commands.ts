import { changePassword } from './change-password.js';
import type { Commands } from './commands.js';
import type { CommandContext } from './context.js';
import { deleteAccount } from './delete-account.js';
import { requestEmailVerification, verifyEmail } from './email-verification.js';
import { inCommand } from './in-command.js';
import { knownDevice } from './known-device.js';
import { forgotPassword, resetPassword } from './password-reset.js';
import { refresh, refreshIfGood } from './refresh.js';
import { register } from './register.js';
import { renameDevice } from './rename-device.js';
import { revokeToken } from './revoke-token.js';
import { signIn } from './sign-in.js';
import { signOutAll } from './sign-out-all.js';
import { removeSession, signOut } from './sign-out.js';

/** All that the HTTP layer may ask for, on one context. */
export function createCommands(context: CommandContext): Commands {
  return {
    register: (input, source) => inCommand('RegisterUser', () => register(context, input, source)),
    signIn: (input, source) => inCommand('IssueToken', () => signIn(context, input, source)),
    refresh: (presented, source) => inCommand('RotateToken', () => refresh(context, presented, source)),
    refreshIfGood: (presented, source) => inCommand('RotateToken', () => refreshIfGood(context, presented, source)),
    signOut: (presented, source) => inCommand('RevokeToken', () => signOut(context, presented, source)),
    revokeToken: (toRevoke, source) => inCommand('RevokeToken', () => revokeToken(context, toRevoke, source)),
    signOutAll: (bearer, input, source) => inCommand('RevokeAllTokens', () => signOutAll(context, bearer, input, source)),
    removeSession: (bearer, session, source) =>
      inCommand('RevokeToken', () => removeSession(context, bearer, session, source)),
    renameDevice: (bearer, session, source) =>
      inCommand('RenameDevice', () => renameDevice(context, bearer, session, source)),
    changePassword: (bearer, input, source) =>
      inCommand('ChangePassword', () => changePassword(context, bearer, input, source)),
    deleteAccount: (bearer, input, source) => inCommand('EraseUser', () => deleteAccount(context, bearer, input, source)),
    forgotPassword: (email, source) => inCommand('RequestPasswordReset', () => forgotPassword(context, email, source)),
    resetPassword: (input, source) => inCommand('ResetPassword', () => resetPassword(context, input, source)),
    requestEmailVerification: (bearer, mayMail, source) =>
      inCommand('RequestEmailVerification', () => requestEmailVerification(context, bearer, mayMail, source)),
    verifyEmail: (code, source) => inCommand('VerifyEmail', () => verifyEmail(context, code, source)),
    knownDevice: (proof) => knownDevice(context, proof),
  };
}
