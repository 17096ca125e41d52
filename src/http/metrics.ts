import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the process tells Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [this.#registry],
  });
  readonly #refreshes = new Counter({
    name: 'tokenledger_refreshes_total',
    help: 'Refresh tokens presented, by what became of them.',
    labelNames: ['outcome'],
    registers: [this.#registry],
  });

  /** `lagSeconds` tells how old the oldest event is that the read model does not show yet; null if that cannot be told. */
  constructor(lagSeconds: () => Promise<number | null>) {
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      name: 'tokenledger_projection_lag_seconds',
      help: 'Age of the oldest event that the read model does not show yet.',
      registers: [this.#registry],
      async collect() {
        this.set((await lagSeconds()) ?? Number.NaN);
      },
    });
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.labels(method, route, String(status)).observe(seconds);
  }

  refresh(outcome: string): void {
    this.#refreshes.labels(outcome).inc();
  }

  /** All of it in the text format, and its content type. */
  async exposition(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}
