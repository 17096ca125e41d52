import type { Mail } from '../../ports.js';
import type { MailKind } from '../mail-request.js';
import { accountDisabledMail } from './account-disabled.js';
import { htmlOf, textOf } from './layout.js';
import type { MailContent, MailData } from './mail-content.js';
import { newDeviceMail } from './new-device.js';
import { passwordChangedMail } from './password-changed.js';
import { resetMail } from './reset.js';
import { twoPlacesMail } from './two-places.js';
import { verifyMail } from './verify.js';

const TEMPLATES: Readonly<Record<MailKind, (data: MailData) => MailContent>> = {
  verify: verifyMail,
  reset: resetMail,
  password_changed: passwordChangedMail,
  new_device: newDeviceMail,
  two_places: twoPlacesMail,
  account_disabled: accountDisabledMail,
};

/** Writes a mail, as plain text and as HTML that says the same. */
export function writeMail(kind: MailKind, data: MailData): Pick<Mail, 'subject' | 'text' | 'html'> {
  const content = TEMPLATES[kind](data);
  return { subject: content.subject, text: textOf(content, data), html: htmlOf(content, data) };
}
