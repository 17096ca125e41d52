import type { LogEvent } from '../event-store/event-log.js';
import type { Position } from '../event-store/position.js';
import { inSpan } from '../telemetry/tracing.js';
import { MailDispatch } from './mail/mail-dispatch.js';
import { pauseBeforeRetry } from './mail/mail-pauses.js';
import { MAIL_TAKES, mailAskedFor } from './mail/mail-request.js';
import { startWithoutCheckpoint } from './mail/mailer-start.js';
import type { MailerOptions } from './mail/mailer-options.js';
import { settleMail, type MailJob } from './mail/settle-mail.js';
import { UnsettledMails } from './mail/unsettled-mails.js';
import { MailDelayedError, type Checkpoints, type StoredCheckpoint } from './ports.js';
import { CheckpointTakenError, type Place, type Processor, type TakenBatch } from './processor.js';

interface Job extends MailJob {
  /** Lets the checkpoint go on. */
  readonly settled: () => void;
}

/** The mailer between a start and its end. */
interface Run {
  readonly historyId: string;
  readonly unsettled: UnsettledMails;
  readonly dispatch: MailDispatch<Job>;
  /** Where the stored checkpoint is; null if there is none. */
  stored: Position | null;
  storedAt: number;
  /** Somebody else moved the checkpoint. */
  taken: boolean;
  storing: Promise<void> | null;
}

const MAX_AT_ONCE = 8;
const STOP_GRACE_MS = 10_000;
// Most events ask for no mail: the checkpoint follows those at most so often.
const QUIET_STORE_MS = 10_000;

/**
 * Sends the mails that events ask for, at least once each, with one Message-ID (G19). `handle` only takes them in: they are sent on
 * the side, so that one that waits holds up no other. The checkpoint stands before the oldest that is not settled.
 */
export class Mailer implements Processor {
  readonly name = 'mailer';
  readonly takes = MAIL_TAKES;
  readonly #options: MailerOptions;
  #run: Run | null = null;
  #end: Promise<Position | null> | null = null;

  constructor(options: MailerOptions) {
    this.#options = options;
  }

  /**
   * Notes the end of the log as "now", for a mailer that never ran. To be awaited before anybody can ask for a mail; rejects as the
   * log does, and `from` asks again then.
   */
  async prepare(): Promise<void> {
    this.#end ??= this.#options.eventLog.end();
    await this.#end.catch((error: unknown) => {
      this.#end = null;
      throw error;
    });
  }

  async from(): Promise<Place> {
    const historyId = this.#options.eventLog.histories.at(-1)?.historyId ?? '';
    const run = this.#run;
    if (run !== null && !run.taken && run.historyId === historyId) return run.unsettled.reached;
    await this.end();
    const stored = await this.#options.checkpoints.load(this.name);
    // A checkpoint of another history is a place in a log that was restored: it counts as lost.
    if (stored?.state === historyId) {
      const place = { after: stored.position, lastEvent: stored.lastEvent };
      this.#run = this.#newRun({ historyId, stored: stored.position, place });
      return place;
    }
    return this.#beginAnyhow(historyId, stored);
  }

  async handle({ events, position, lastEvent }: TakenBatch): Promise<void> {
    const run = this.#run;
    if (run === null || run.taken)
      throw new CheckpointTakenError('another mailer has moved the checkpoint, or this one has ended');
    for (const event of events) this.#take(run, event);
    run.unsettled.reach({ after: position, lastEvent });
    if (performance.now() - run.storedAt >= QUIET_STORE_MS) await this.#store(run);
  }

  /** Waits a while for the mails under way, and begins no other. */
  async end(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    if (run === null) return;
    await run.dispatch.stop(this.#options.stopGraceMs ?? STOP_GRACE_MS);
    await run.storing?.catch(ignore);
    await this.#storeNow(run).catch(ignore);
  }

  async #beginAnyhow(historyId: string, stored: StoredCheckpoint | null): Promise<Place> {
    const { eventLog, checkpoints, now, verifyCodeMs, resetCodeMs } = this.#options;
    await this.prepare();
    const end = (await this.#end) ?? null;
    const lifetimeMs = Math.max(verifyCodeMs, resetCodeMs);
    const { place, missed } = await startWithoutCheckpoint(eventLog, { end, now: now(), lifetimeMs });
    const first = missed[0]?.before ?? place;
    const previous = stored?.position ?? null;
    const isOurs = await storeAt(checkpoints, this.name, { place: first, previous, historyId });
    if (!isOurs) throw new CheckpointTakenError('another mailer has begun');
    const run = this.#newRun({ historyId, stored: first.after ?? previous, place: first });
    this.#run = run;
    this.#end = null;
    for (const { event } of missed) this.#take(run, event);
    run.unsettled.reach(place);
    return place;
  }

  #newRun({ historyId, stored, place }: Pick<Run, 'historyId' | 'stored'> & { readonly place: Place }): Run {
    const { pauseMs = pauseBeforeRetry, maxAtOnce = MAX_AT_ONCE } = this.#options;
    const run: Run = {
      ...{ historyId, stored, storedAt: performance.now(), taken: false, storing: null },
      unsettled: new UnsettledMails(place),
      dispatch: new MailDispatch({
        ...{ pauseMs, maxAtOnce },
        attempt: (job) =>
          inSpan('mail', { attributes: { 'tokenledger.mail': job.kind }, links: () => [job.traceparent] }, () =>
            settleMail(this.#options, job),
          ),
        onSettled: (job) => {
          job.settled();
          if (this.#run === run) this.#store(run).catch(ignore);
        },
        onDelayed: ({ kind, eventId }, { error, ...delay }) =>
          this.#options.onDelayed?.({ kind, eventId, ...delay, reason: reasonOf(error) }),
      }),
    };
    return run;
  }

  /** Takes an event in, unless it was given before. */
  #take(run: Run, event: LogEvent): void {
    const { unsettled, dispatch } = run;
    if (unsettled.reached.after !== null && event.position <= unsettled.reached.after) return;
    const request = mailAskedFor(event);
    if (request !== null) {
      const settled = unsettled.add();
      dispatch.add({ ...request, sentEventId: this.#options.newId(), reached: null, isAdmitted: false, settled });
    }
    unsettled.reach({ after: event.position, lastEvent: { position: event.position, eventId: event.id } });
  }

  /** Stores the checkpoint, one write at a time, until it is the present one. Rejects as the checkpoints do. */
  #store(run: Run): Promise<void> {
    run.storing ??= this.#storeAll(run).finally(() => {
      run.storing = null;
    });
    return run.storing;
  }

  async #storeAll(run: Run): Promise<void> {
    do await this.#storeNow(run);
    while (this.#run === run && !run.taken && run.stored !== run.unsettled.checkpoint.after);
  }

  async #storeNow(run: Run): Promise<void> {
    const place = run.unsettled.checkpoint;
    run.storedAt = performance.now();
    if (run.taken || place.after === null || place.after === run.stored) return;
    const next = { place, previous: run.stored, historyId: run.historyId };
    if (await storeAt(this.#options.checkpoints, this.name, next)) run.stored = place.after;
    else run.taken = true;
  }
}

/** False if the stored checkpoint is not at `previous`. A place before the first event needs none. */
async function storeAt(
  checkpoints: Checkpoints,
  name: string,
  at: { readonly place: Place; readonly previous: Position | null; readonly historyId: string },
): Promise<boolean> {
  const { after, lastEvent } = at.place;
  if (after === null) return true;
  return checkpoints.store(name, { position: after, lastEvent, state: at.historyId }, at.previous);
}

function reasonOf(error: unknown): string {
  // What another error says may quote an email.
  return error instanceof MailDelayedError ? error.message : error instanceof Error ? error.name : typeof error;
}

function ignore(): void {
  // Tried again with the next mail; until then a restart finds the mail settled.
}
