import { z } from 'zod';
import { preparedPassword } from '../security/passwords.js';

/** Text that any store and any client can carry: no NUL, no halves of surrogate pairs. */
const text = z.string().refine((value) => !/\0|\p{Surrogate}/u.test(value), 'has characters that are not allowed');

/** Counted as people count: by characters, not by code units, once `prepared`. */
const characters = (least: number, most: number, prepared = (value: string) => value): z.ZodType<string, string> =>
  text.refine((value) => {
    const { length } = Array.from(prepared(value));
    return length >= least && length <= most;
  }, `must have ${least} to ${most} characters`);

const email = text.pipe(z.email().max(254));
const newPassword = characters(12, 128, preparedPassword);
/** Any version and variant: what makes up an id that somebody else has chosen is their matter (RFC 9562 §4). */
const deviceId = z.guid().transform((id) => id.toLowerCase());

export const RegisterBody = z.object({ email, password: newPassword, name: characters(1, 100).optional() });

const device = {
  device_id: deviceId.optional(),
  device_name: characters(1, 100).optional(),
  /** `cookie`: the refresh token is to be kept in a cookie, out of reach of scripts. */
  mode: z.literal('cookie').optional(),
};
const secret = text.min(1);
/** JSON has `email`, the OAuth 2.0 password form (RFC 6749 §4.3.2) has `username`. */
export const LoginBody = z.union([
  z.object({ email: text.min(1).max(254), password: secret, ...device }),
  z
    .object({
      grant_type: z.literal('password').optional(),
      username: text.min(1).max(254),
      password: secret,
      ...device,
    })
    .transform(({ username, ...rest }) => ({ email: username, ...rest })),
]);

/** Without the token in the body, it is the cookie's. */
export const RefreshTokenBody = z.object({ refresh_token: z.string().min(1).optional() });

export const LogoutAllBody = z.object({ keep_current: z.boolean().default(false) });

export const PasswordChangeBody = z.object({ current_password: secret, new_password: newPassword });

export const SessionId = z.uuid().transform((id) => id.toLowerCase());

/** Where a page of history begins: the revision that the page before named. */
export const HistoryQuery = z.object({
  before: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a number')
    .transform(Number)
    .optional(),
});
