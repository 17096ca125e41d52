/** The decisions about an account, each in the file of its topic. The snapshot of each event is the one after the append. */
export { disableUser, enableUser, eraseUser, grantRole, revokeRole } from './administration.js';
export type { CodeRefused, CodeRequest, ShownCode } from './code.js';
export { changePassword, requestPasswordReset, resetPassword } from './password.js';
export { abandonRegistration, registerUser, registerUserToVerify } from './registration.js';
export { revokeAllTokens } from './revocation.js';
export { requestEmailVerification, verifyEmail } from './verification.js';
