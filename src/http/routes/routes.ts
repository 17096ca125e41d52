import type { HttpServices } from '../dependencies.js';
import type { Route } from '../routing/route.js';
import { accountRoutes } from './account.js';
import { adminSessionRoutes } from './admin-sessions.js';
import { adminUserRoutes } from './admin-users.js';
import { auditProofRoutes } from './audit-proofs.js';
import { auditUserRoutes } from './audit-users.js';
import { descriptionRoutes } from './description.js';
import { docsPageRoutes } from './docs-page.js';
import { deviceRoutes } from './devices.js';
import { emailVerificationRoutes } from './email-verification.js';
import { passwordResetRoutes } from './password-reset.js';
import { oauthRoutes } from './oauth.js';
import { passwordRoutes } from './password.js';
import { refreshRoutes } from './refresh.js';
import { registrationRoutes } from './registration.js';
import { revocationRoutes } from './revocations.js';
import { signInRoutes } from './sign-in.js';
import { signOutRoutes } from './sign-out.js';
import { wellKnownRoutes } from './well-known.js';

/** The table of the public interface: what is mounted is what is described, but for what is marked as `undescribed`. */
export const PUBLIC_ROUTES: readonly Route<HttpServices>[] = [
  ...registrationRoutes,
  ...signInRoutes,
  ...refreshRoutes,
  ...signOutRoutes,
  ...accountRoutes,
  ...deviceRoutes,
  ...passwordRoutes,
  ...passwordResetRoutes,
  ...emailVerificationRoutes,
  ...adminUserRoutes,
  ...adminSessionRoutes,
  ...auditUserRoutes,
  ...auditProofRoutes,
  ...oauthRoutes,
  ...revocationRoutes,
  ...wellKnownRoutes,
  ...docsPageRoutes,
  ...descriptionRoutes(() => PUBLIC_ROUTES),
];
