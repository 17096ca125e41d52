import type { MailOutcome } from '../../domain/mail/events.js';
import { mailStream } from '../../domain/streams.js';
import { StreamDestroyedError, WrongExpectedRevisionError } from '../../event-store/errors.js';
import { loadAccount } from '../../event-store/load.js';
import { composeMail, type MailContext } from './compose-mail.js';
import type { MailRequest } from './mail-request.js';
import type { MailTransport } from '../ports.js';

/** A mail on its way to being settled, over all its tries. */
export interface MailJob extends MailRequest {
  /** The id of its `MailSent`: the same for every try to append it. */
  readonly sentEventId: string;
  /** What became of it, as long as the log does not say so yet. */
  reached: MailOutcome | null;
  /** Whether it was found to be within the bound of its kind. */
  isAdmitted: boolean;
}

export interface SettleMailContext extends MailContext {
  readonly transport: MailTransport;
  /** Whether a mail of a kind may go to an email now; the same answer for the same event, however often it is asked. */
  readonly admitMail: (mail: Pick<MailRequest, 'kind' | 'eventId'> & { readonly email: string }) => Promise<boolean>;
  /** Removes what the transport keeps of a user's mails; null if it keeps none. */
  readonly removeMails: ((userId: string) => Promise<void>) | null;
  /** Called once a mail is settled, by this process. */
  readonly onOutcome?: (kind: MailRequest['kind'], outcome: MailOutcome) => void;
}

/**
 * One try: looks for `MailSent`, sends, and appends `MailSent`, expecting no stream. Resolves when the mail is settled, by us or by
 * somebody else. Rejects when it must be tried again: then a mail that was sent is not sent again, only its `MailSent` is appended.
 */
export async function settleMail(context: SettleMailContext, job: MailJob): Promise<void> {
  try {
    if (job.reached === null) {
      if ((await context.eventLog.readNewest(mailStream(job.eventId))) !== null) return;
      const mail = await composeMail(context, job);
      const isSent = mail !== null && (await isAdmitted(context, job, mail.to));
      job.reached = isSent ? await context.transport.send(mail) : 'expired';
    }
    await removeIfErased(context, job);
    await appendOutcome(context, job, job.reached);
  } catch (error) {
    // Destroyed at the store: nobody can say what became of the mail, and one too few is better than one at each start.
    if (!(error instanceof StreamDestroyedError)) throw error;
    context.alarms.streamDestroyed(error.stream);
  }
}

/**
 * Whether the mail is within the bound of its kind: somebody who signs in, or registers an address and deletes the account, over
 * and over must not flood a mailbox. Resets are bounded where they are asked for, those of known devices apart.
 */
async function isAdmitted(context: SettleMailContext, job: MailJob, email: string): Promise<boolean> {
  const { kind, eventId } = job;
  job.isAdmitted ||= kind === 'reset' || (await context.admitMail({ kind, eventId, email }));
  return job.isAdmitted;
}

/** A mail may be written while its user is erased, after the others were removed; a crash may have left one that is dead by now. */
async function removeIfErased(context: SettleMailContext, { userId }: MailJob): Promise<void> {
  if (context.removeMails === null) return;
  const loaded = await loadAccount(context, userId);
  if (loaded?.account.status === 'erased') await context.removeMails(userId);
}

async function appendOutcome(
  { eventLog, now, onOutcome }: SettleMailContext,
  job: MailJob,
  outcome: MailOutcome,
): Promise<void> {
  const { eventId, sentEventId, correlationId, kind } = job;
  const event = { type: 'MailSent', data: { outcome } } as const;
  const recorded = { id: sentEventId, occurredAt: now(), actor: 'system', correlationId, event } as const;
  try {
    await eventLog.append(mailStream(eventId), [recorded], 'no_stream');
  } catch (error) {
    // Another mailer was first, while the lease went from one to the other.
    if (error instanceof WrongExpectedRevisionError) return;
    throw error;
  }
  onOutcome?.(kind, outcome);
}
