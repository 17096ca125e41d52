import { z } from 'zod';
import { ROLES } from '../domain/account/snapshot.js';
import { displayText, MAX_NAME_CHARACTERS } from '../security/device-name.js';
import { normalEmail } from '../security/email-address.js';
import { passwordLength } from '../security/passwords.js';

/** The shortest password that may be chosen; the configuration may ask for more. */
export const MIN_PASSWORD_CHARACTERS = 12;
const MAX_PASSWORD_CHARACTERS = 128;
const MAX_EMAIL_CHARACTERS = 254;

/** Text that any store and any client can carry: no NUL, no halves of surrogate pairs. */
const text = z.string().refine((value) => !/\0|\p{Surrogate}/u.test(value), 'has characters that are not allowed');

/** A member that may be missing; null counts as missing. */
export function optionalMember<S extends z.ZodType>(
  schema: S,
): z.ZodPipe<z.ZodOptional<z.ZodNullable<S>>, z.ZodTransform<z.output<S> | null>> {
  return schema.nullish().transform((value): z.output<S> | null => value ?? null);
}

/** An email in its one normal form (src/security/email-address.ts). */
export const Email = text
  .transform((value, context) => {
    const email = normalEmail(value);
    if (email !== null) return email;
    context.addIssue({ code: 'custom', message: 'must be an e-mail address' });
    return z.NEVER;
  })
  .meta({ format: 'idn-email' });

/**
 * An email of somebody who signs in: what is no email belongs to nobody, so it is not answered in another way than one that is
 * not registered.
 */
export const SignInEmail = text
  .min(1)
  .max(MAX_EMAIL_CHARACTERS + 64)
  .transform((value) => normalEmail(value) ?? value.trim().toLowerCase());

export const NewPassword = text
  .refine((value) => {
    const length = passwordLength(value);
    return length >= MIN_PASSWORD_CHARACTERS && length <= MAX_PASSWORD_CHARACTERS;
  }, `must have ${MIN_PASSWORD_CHARACTERS} to ${MAX_PASSWORD_CHARACTERS} characters`)
  .meta({ minLength: MIN_PASSWORD_CHARACTERS, maxLength: MAX_PASSWORD_CHARACTERS });

/** A code of a mail as somebody sends it; one that cannot be ours is `code_invalid`, like any other. */
export const Code = text.min(1).max(1_024);

/** A password that is checked, not chosen. */
export const GivenPassword = text.min(1);

/** A name that is shown inside sentences: of a person or a device. Blanks alone are no name (null). */
export const Name = text.transform((value, context) => {
  const name = displayText(value);
  if (name.ok) return name.value;
  const message =
    name.reason === 'too_long'
      ? `must have at most ${MAX_NAME_CHARACTERS} characters`
      : 'has characters that cannot be shown';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Of any version and variant: an id that somebody else has chosen is theirs to make (RFC 9562 §4). */
export const DeviceId = z.guid().transform((id) => id.toLowerCase());

/** An id of a user or a session in a path. */
const PathId = z.uuid().transform((id) => id.toLowerCase());

/** Why somebody does something to an account, in their own words; blanks alone are none (null). */
export const Reason = text.max(1_000, 'must have at most 1000 characters').transform((value) => value.trim() || null);

export const UserParams = z.object({ id: PathId });
export const UserRoleParams = UserParams.extend({ role: z.enum(ROLES) });
export const UserSessionParams = UserParams.extend({ session_id: PathId });
export const SessionParams = z.object({ session_id: PathId });

/** A number in a query. */
export const wholeNumber = (least: number, most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be ${least} to ${most}`);
