import type { Logger } from 'pino';
import type { CommandContext } from '../commands/context.js';
import { expireToken } from '../commands/expire-token.js';
import { inCommand } from '../commands/in-command.js';
import type { Config } from '../config.js';
import { ForeignPositionError } from '../event-store/errors.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import type { Position } from '../event-store/position.js';
import type { Metrics } from '../http/metrics/metrics.js';
import { sweep, type SweepResult } from '../processors/expiry-sweep.js';
import type { ErasureProgress } from '../processors/eraser.js';
import { LeasedProcessor } from '../processors/leased-processor.js';
import type { HubStatus } from '../processors/hub-status.js';
import type { MailTransport } from '../processors/ports.js';
import { LogHub } from '../processors/log-hub.js';
import { projectorHolder } from '../processors/projector-lease.js';
import { Projector } from '../processors/projector.js';
import { Scheduler } from '../processors/scheduler.js';
import type { Erasure } from './erasure.js';
import { openMailing, type Mailing } from './mailing.js';
import type { OwnUrls } from './own-urls.js';
import { logStatus } from './status-log.js';
import type { Sealer } from '../processors/sealer.js';
import type { Keyring } from '../security/keyring.js';
import { inSpan } from '../telemetry/tracing.js';
import { openSealer } from './sealing.js';
import type { Stores } from './stores.js';

/** What follows the log in this process. */
export interface Processing {
  readonly hub: LogHub;
  readonly projector: LeasedProcessor;
  readonly eraser: LeasedProcessor;
  readonly erasures: () => ErasureProgress;
  readonly mailing: Mailing;
  readonly scheduler: Scheduler;
  readonly sealer: Sealer;
  /** Starts what the configured roles ask for. */
  start(): void;
  stop(): Promise<void>;
}

export interface ProcessingOptions {
  readonly config: Config;
  readonly stores: Stores;
  readonly eventLog: OpenedLog;
  readonly context: CommandContext;
  readonly erasure: Erasure;
  readonly mailTransport: MailTransport;
  readonly keyring: Keyring;
  readonly own: OwnUrls;
  readonly metrics: () => Metrics;
  readonly log: Logger;
  /** The read model shows the log up to here. */
  readonly onProjected: (position: Position) => void;
  /** The event store does not answer: whether it is the same log afterwards is seen then. */
  readonly onDisconnected: () => void;
  /** The event store was connected to again, or a place that was there is not: the log may be another one. */
  readonly onMaybeAnother: () => void;
}

/** Puts the subscription of this process, its processors and its followers together. */
export function openProcessing(options: ProcessingOptions): Processing {
  const { config, stores, eventLog, context, log, onProjected } = options;
  const hub = new LogHub({ log: eventLog, onDefect: (error) => log.error({ err: error }, 'a follower of the log') });
  hub.onStatus(statusLog(options));
  // An erased user's key is destroyed by one instance; every other one drops it as soon as it sees why.
  hub.follow({
    takes: { streams: ['user'], types: ['UserErased', 'RegistrationAbandoned'] },
    on: (events) =>
      inSpan('follower keys', { links: () => events.map(({ traceparent }) => traceparent) }, () => {
        for (const { stream } of events) if (stream.kind === 'user') context.userKeys.evict(stream.userId);
      }),
  });
  // One instance carries an erasure out; mails of the user may lie in the outbox of any.
  const { removeMails } = options.erasure.context;
  hub.follow({
    takes: { streams: ['user'], types: ['UserErased'] },
    on: (events) => {
      for (const { stream } of events)
        if (stream.kind === 'user')
          removeMails(stream.userId).catch((error: unknown) => log.error({ err: error }, 'mails of an erased user'));
    },
  });
  const tidying = openTidying(options, hub);
  const projector = new LeasedProcessor({
    processor: new Projector(stores.readModel),
    hub,
    leases: stores.leases,
    holder: projectorHolder(stores.leaseHolder, eventLog),
    onProgress: onProjected,
    onError: (error) => log.error({ err: error }, 'projector lease'),
    onStateChange: (status, error) => logStatus(log, 'projector', status, error),
  });
  const eraser = new LeasedProcessor({
    processor: options.erasure.eraser,
    hub,
    leases: stores.leases,
    holder: stores.leaseHolder,
    onError: (error) => log.error({ err: error }, 'eraser lease'),
    onStateChange: (status, error) => logStatus(log, 'eraser', status, error),
  });
  const mailing = openMailing({ ...options, hub, transport: options.mailTransport, removeMails });
  const scheduler = openScheduler(options);
  const sealer = openSealer({ ...options, now: context.now, newId: context.newId });
  hub.follow(sealer.follower);
  return {
    hub,
    projector,
    eraser,
    erasures: () => options.erasure.eraser.progress,
    mailing,
    scheduler,
    sealer,
    start: () => {
      hub.start();
      if (config.roles.includes('projector')) {
        projector.start();
        eraser.start();
      }
      if (config.roles.includes('scheduler')) {
        scheduler.start();
        mailing.mailer.start();
        sealer.start();
      }
    },
    stop: async () => {
      await tidying.stop();
      await sealer.stop();
      await scheduler.stop();
      await mailing.mailer.stop();
      await eraser.stop();
      await projector.stop();
      await hub.stop();
    },
  };
}

/** Each time that this instance begins to follow the log, it looks for users who were erased while it did not. */
function openTidying({ erasure, log }: ProcessingOptions, hub: LogHub): { stop(): Promise<void> } {
  const end = new AbortController();
  let tidying = Promise.resolve();
  hub.onStatus(({ state }) => {
    if (state !== 'connected') return;
    tidying = tidying
      .then(() => erasure.tidyOutbox(end.signal))
      .catch((error: unknown) => log.error({ err: error }, 'mails of erased users'));
  });
  return {
    stop: () => {
      end.abort();
      return tidying;
    },
  };
}

function openScheduler({ config, stores, context, log, metrics }: ProcessingOptions): Scheduler {
  const { now } = context;
  return new Scheduler({
    cron: config.expirySweepCron,
    leases: stores.leases,
    holder: stores.leaseHolder,
    sweep: (goOn): Promise<SweepResult> => {
      const correlationId = context.newId();
      return sweep(
        {
          readModel: stores.readModel,
          expire: (session) => inCommand('ExpireToken', () => expireToken(context, session, correlationId)),
          retentionMs: config.retentionMs,
          now,
          onError: (error) => log.error({ err: error }, 'a session cannot be expired'),
        },
        goOn,
      );
    },
    onSwept: (result) => {
      metrics().sweep('completed', result.expired);
      log.info(result, 'expiry sweep');
    },
    onError: (error) => {
      metrics().sweep('failed', 0);
      log.warn({ err: error }, 'expiry sweep failed');
    },
  });
}

function statusLog({ log, onDisconnected, onMaybeAnother }: ProcessingOptions): (status: HubStatus) => void {
  let before: HubStatus['state'] = 'starting';
  return ({ state, reason }) => {
    if (state === before) return;
    const level = state === 'connected' ? 'info' : state === 'waiting' ? 'warn' : 'error';
    log[level]({ state, err: reason }, 'event store');
    if (state === 'waiting') onDisconnected();
    // A log that was put back must not be served until the hub looks at it again.
    const isReconnected = state === 'connected' && before !== 'starting';
    if (isReconnected || reason instanceof ForeignPositionError) onMaybeAnother();
    before = state;
  };
}
