import type { HttpDependencies } from './dependencies.js';

/**
 * Whether an email, in normal form, may get another mail of a kind now; counts it if so. What is refused is answered as ever and
 * appends nothing, so nobody learns of it.
 */
export async function mayMail(
  { limits, metrics }: Pick<HttpDependencies, 'limits' | 'metrics'>,
  mail: 'password_reset' | 'email_verification',
  email: string,
  byKnownDevice = false,
): Promise<boolean> {
  const counted = await limits.consume('mail', { mail, email, byKnownDevice });
  if (counted.refused === null) return true;
  metrics.limited(counted.refused.policy);
  return false;
}
