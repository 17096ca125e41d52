import path from 'node:path';
import type { Logger } from 'pino';
import type { CommandContext } from '../commands/context.js';
import type { Config } from '../config.js';
import type { Metrics } from '../http/metrics/metrics.js';
import { LeasedProcessor } from '../processors/leased-processor.js';
import type { LogHub } from '../processors/log-hub.js';
import { Mailer } from '../processors/mailer.js';
import type { MailTransport } from '../processors/ports.js';
import type { Keyring } from '../security/keyring.js';
import type { OwnUrls } from './own-urls.js';
import { openLimits } from './security.js';
import { logStatus } from './status-log.js';
import type { Stores } from './stores.js';

export interface MailingOptions {
  readonly config: Config;
  readonly stores: Stores;
  readonly context: CommandContext;
  readonly own: OwnUrls;
  readonly hub: LogHub;
  readonly metrics: () => Metrics;
  readonly log: Logger;
  readonly transport: MailTransport;
  readonly keyring: Pick<Keyring, 'lookup'>;
  /** Removes a user's mails from the outbox. */
  readonly removeMails: (userId: string) => Promise<void>;
}

/** The mailer of this process. */
export interface Mailing {
  readonly mailer: LeasedProcessor;
  /** Fixes where a mailer that never ran begins: before anybody can ask for a mail. Never rejects. */
  prepare(): Promise<void>;
}

/** Puts the mailer together. */
export function openMailing(options: MailingOptions): Mailing {
  const { config, stores, context, own, hub, metrics, log, transport, removeMails } = options;
  const limits = openLimits(options);
  const mailer = new Mailer({
    ...context,
    checkpoints: stores.checkpoints,
    transport,
    removeMails: config.smtpUrl === null ? removeMails : null,
    admitMail: (mail) => limits.admitMail(mail),
    publicUrl: config.publicUrl ?? own.url,
    service: new URL(config.publicUrl ?? own.url).host,
    from: config.mailFrom,
    // Stable for the life of the log: a mail that is sent again has the same Message-ID.
    messageIdDomain: new URL(context.eventLog.openedIssuer).hostname,
    onOutcome: (kind, outcome) => metrics().mail(kind, outcome),
    onDelayed: (delay) => log.warn(delay, 'a mail is tried again'),
  });
  return {
    mailer: new LeasedProcessor({
      processor: mailer,
      hub,
      leases: stores.leases,
      holder: stores.leaseHolder,
      onError: (error) => log.error({ err: error }, 'mailer lease'),
      onStateChange: (status, error) => logStatus(log, 'mailer', status, error),
    }),
    prepare: () => mailer.prepare().catch((error: unknown) => log.warn({ err: error }, 'the mailer cannot begin yet')),
  };
}

/** Mails go over SMTP where a server is configured, else into files. Rejects with `SmtpUrlError`. */
export async function openMailTransport(
  { smtpUrl, dataDir }: Pick<Config, 'smtpUrl' | 'dataDir'>,
  log: Logger,
): Promise<MailTransport> {
  if (smtpUrl === null) {
    const { openOutbox } = await import('../adapters/smtp/outbox.js');
    return openOutbox(path.join(dataDir, 'outbox'));
  }
  const { openSmtp } = await import('../adapters/smtp/smtp-transport.js');
  return openSmtp({ url: smtpUrl, onRefused: (refused) => log.warn(refused, 'a mail was refused for good') });
}
