import type { Logger } from 'pino';
import type { Commands } from '../commands/commands.js';
import type { DeviceHistory } from '../queries/device-history.js';
import type { Queries } from '../queries/queries.js';
import type { Metrics } from './metrics.js';

/** Whether this process can serve, and what to show of it. */
export interface Readiness {
  readonly ready: boolean;
  /** Each store and the projector by name; no personal data. */
  readonly view: object;
}

export interface HttpSettings {
  /** How many proxies in front add to X-Forwarded-For; 0 is none. */
  readonly trustProxy: number;
  /** Networks whose failed sign-ins are not limited. */
  readonly rateLimitExempt: readonly string[];
  /** The issuer of tokens, an http or https URL: pages of its origin may use the refresh cookie. */
  readonly issuer: string;
  /** The folder of files served under `/`. */
  readonly publicFolder: string;
}

/** What the HTTP interface stands on. */
export interface HttpDependencies {
  readonly commands: Commands;
  readonly queries: Queries;
  readonly history: DeviceHistory;
  /** The public keys, as a JWK Set. */
  readonly jwks: () => object;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly settings: HttpSettings;
}
