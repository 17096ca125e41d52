import { emailOf } from '../../commands/person-of.js';
import type { AccountSnapshot } from '../../domain/account/snapshot.js';
import { distance } from '../../domain/instant.js';
import type { EventLog } from '../../event-store/event-log.js';
import { loadAccount, type Alarms } from '../../event-store/load.js';
import type { ClientSealing } from '../../security/client-sealing.js';
import type { MailCodes } from '../../security/mail-codes.js';
import type { Sealing } from '../../security/sealing.js';
import { agentWords, networkWords } from './client-words.js';
import type { MailRequest } from './mail-request.js';
import type { Mail } from '../ports.js';
import { writeMail } from './templates/templates.js';

/** What writing a mail stands on. */
export interface MailContext {
  readonly eventLog: EventLog;
  readonly alarms: Pick<Alarms, 'streamDestroyed'>;
  readonly sealing: Sealing;
  readonly clientSealing: Pick<ClientSealing, 'open'>;
  readonly mailCodes: Pick<MailCodes, 'again'>;
  /** How long codes are valid, in milliseconds. A notice is dead after the same time as a verification. */
  readonly resetCodeMs: number;
  readonly verifyCodeMs: number;
  /** Links go there, never to where a request came in. */
  readonly publicUrl: string;
  /** The host of `publicUrl`: what people know the service by. */
  readonly service: string;
  /** MAIL_FROM: an address, with or without a name. */
  readonly from: string;
  /** What stands after the @ of each Message-ID. It must stay the same, so it is not to be that of `from`. */
  readonly messageIdDomain: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How long a mail may be sent after its event, in milliseconds. */
export function lifetimeOf(
  { kind }: Pick<MailRequest, 'kind'>,
  context: Pick<MailContext, 'resetCodeMs' | 'verifyCodeMs'>,
): number {
  return kind === 'reset' ? context.resetCodeMs : context.verifyCodeMs;
}

/**
 * Writes the mail as it is due now; null if it is dead: too old, its code used or voided by a newer one, the account erased. Rejects
 * as log and key store do.
 */
export async function composeMail(context: MailContext, request: MailRequest): Promise<Mail | null> {
  const lifetimeMs = lifetimeOf(request, context);
  const now = context.now();
  if (distance(now, request.occurredAt) >= lifetimeMs) return null;
  const account = (await loadAccount(context, request.userId))?.account;
  if (account === undefined || !isDue(request, account)) return null;
  const url = urlOf(context, request);
  const email = await emailOf(context, request.userId);
  if (url === null || email === null) return null;
  const { ip, userAgent } = await context.clientSealing.open(request.userId, request.client);
  const written = writeMail(request.kind, {
    ...{ service: context.service, email, url, now, happenedAt: request.occurredAt, codeLifetimeMs: lifetimeMs },
    ...{ program: agentWords(userAgent), network: networkWords(ip), sessionEnded: request.sessionEnded },
    deviceName: account.emailVerified ? await deviceNameOf(context, request) : null,
  });
  const messageId = `<${request.eventId}@${context.messageIdDomain}>`;
  return { userId: request.userId, messageId, from: context.from, to: email, ...written };
}

/** Whether the account still wants the mail. A code is only due while the account names its event as pending. */
function isDue({ kind, eventId }: MailRequest, { status, pendingReset, pendingVerification }: AccountSnapshot): boolean {
  switch (kind) {
    case 'verify':
      return status === 'active' && pendingVerification?.eventId === eventId;
    case 'reset':
      return status === 'active' && pendingReset?.eventId === eventId;
    case 'password_changed':
    case 'new_device':
    case 'two_places':
    case 'account_disabled':
      return status === 'active' || status === 'disabled';
  }
}

/** Null if the code cannot be made again, since its key is gone. The code stands in the fragment: no server or proxy logs it. */
function urlOf({ publicUrl, mailCodes }: MailContext, { kind, userId, eventId, codeHash }: MailRequest): string | null {
  const base = publicUrl.endsWith('/') ? publicUrl : `${publicUrl}/`;
  if (kind !== 'verify' && kind !== 'reset') return base;
  const code = codeHash === null ? null : mailCodes.again(userId, eventId, codeHash);
  return code === null ? null : `${base}${kind}#code=${code}`;
}

async function deviceNameOf({ sealing }: MailContext, { userId, deviceName }: MailRequest): Promise<string | null> {
  return deviceName === null ? null : sealing.open(userId, 'device_name', deviceName);
}
