import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { registerGauges, type MetricSources } from './gauges.js';
import { MAIL_OUTCOMES, type MailOutcome } from '../../domain/mail/events.js';
import {
  MAIL_KINDS,
  type MailKind,
  ENDED_REASONS,
  isDefect,
  LIMITED_POLICIES,
  limitPolicy,
  LISTENERS,
  REFRESH_OUTCOMES,
  REGISTRATION_OUTCOMES,
  SIGN_IN_OUTCOMES,
  SWEEP_OUTCOMES,
  type EndedReason,
  type Listener,
  type RefreshOutcome,
  type RegistrationOutcome,
  type SignInOutcome,
  type SweepOutcome,
} from './outcomes.js';

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const APPEND_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** What the HTTP interface counts. */
export type HttpMetrics = Pick<Metrics, 'request' | 'refresh' | 'signIn' | 'registration' | 'ended' | 'limited'>;

/** What the process shows to Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers: [this.#registry],
  });
  readonly #seriesOf = new Map<string, ReturnType<Histogram['labels']>>();
  readonly #appends = new Histogram({
    name: 'tokenledger_append_seconds',
    help: 'How long the event store took to append.',
    buckets: APPEND_SECONDS,
    registers: [this.#registry],
  });
  readonly #refreshes = this.#counter('refreshes_total', 'Refresh tokens presented.', 'outcome', REFRESH_OUTCOMES);
  readonly #signIns = this.#counter('sign_ins_total', 'Sign-ins tried.', 'outcome', SIGN_IN_OUTCOMES);
  readonly #registrations = this.#counter('registrations_total', 'Registrations tried.', 'outcome', REGISTRATION_OUTCOMES);
  readonly #ended = this.#counter('revocations_total', 'Revocations of one or all sessions.', 'reason', ENDED_REASONS);
  readonly #limited = this.#counter('limited_total', 'Requests refused by a limit.', 'policy', LIMITED_POLICIES);
  readonly #defects = this.#counter('defects_total', 'Answers 5xx other than 503.', 'listener', LISTENERS);
  readonly #sweeps = this.#counter('sweep_runs_total', 'Runs of the expiry sweep.', 'outcome', SWEEP_OUTCOMES);
  readonly #mails = new Counter({
    name: 'tokenledger_mails_total',
    help: 'Mails that were settled, by what they were about and what became of them.',
    labelNames: ['kind', 'outcome'],
    registers: [this.#registry],
  });
  readonly #swept = new Counter({
    name: 'tokenledger_sweep_expired_total',
    help: 'Sessions whose expiry a sweep wrote to the log.',
    registers: [this.#registry],
  });

  constructor(sources: MetricSources) {
    collectDefaultMetrics({ register: this.#registry });
    registerGauges(this.#registry, sources);
    for (const kind of MAIL_KINDS) for (const outcome of MAIL_OUTCOMES) this.#mails.labels(kind, outcome).inc(0);
  }

  request(method: string, route: string, status: number, seconds: number): void {
    const key = `${method} ${route} ${status}`;
    let series = this.#seriesOf.get(key);
    // Found by its labels each time, it would cost as much as the observation. The labels are closed sets, so this is bounded.
    if (series === undefined) {
      series = this.#requests.labels(method, route, String(status));
      this.#seriesOf.set(key, series);
    }
    series.observe(seconds);
    this.answered('http', status);
  }

  /** A listener has answered. Series by route begin with their first answer, too late for an alert, so defects are counted apart. */
  answered(listener: Listener, status: number): void {
    if (isDefect(status)) this.#defects.labels(listener).inc();
  }

  refresh(outcome: RefreshOutcome): void {
    this.#refreshes.labels(outcome).inc();
  }

  signIn(outcome: SignInOutcome): void {
    this.#signIns.labels(outcome).inc();
  }

  registration(outcome: RegistrationOutcome): void {
    this.#registrations.labels(outcome).inc();
  }

  /** One session, or at once all of a user, was ended. */
  ended(reason: EndedReason): void {
    this.#ended.labels(reason).inc();
  }

  limited(policy: string): void {
    this.#limited.labels(limitPolicy(policy)).inc();
  }

  mail(kind: MailKind, outcome: MailOutcome): void {
    this.#mails.labels(kind, outcome).inc();
  }

  append(seconds: number): void {
    this.#appends.observe(seconds);
  }

  sweep(outcome: SweepOutcome, expired: number): void {
    this.#sweeps.labels(outcome).inc();
    this.#swept.inc(expired);
  }

  /** All of it in the text format, and its content type. */
  async exposition(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  /** A counter whose series all exist from the start. */
  #counter<L extends string>(name: string, help: string, label: L, values: readonly string[]): Counter<L> {
    const counter = new Counter({
      name: `tokenledger_${name}`,
      help,
      labelNames: [label],
      registers: [this.#registry],
    });
    for (const value of values) counter.labels(value).inc(0);
    return counter;
  }
}
