import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from '../domain/account/snapshot.js';
import type { Passwords } from './passwords.js';

/** What a `client_id` may be (RFC 6749 §A.1). It is carried in each event of a family that the client adopted. */
export const CLIENT_ID = /^[\x20-\x7e]{1,128}$/;

/** A registered OAuth client (RFC 6749 §2). */
export interface OAuthClient {
  readonly clientId: string;
  /** The Argon2id hash of its secret in the PHC string format; null for a public client. */
  readonly secretHash: string | null;
  /** What it may do for itself. Null: a client with a secret counts as a resource server. */
  readonly roles: readonly Role[] | null;
  /** The origins of its pages, each as `URL.origin` writes it. */
  readonly origins: readonly string[];
}

/** What a client proves itself by. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly secret: string;
}

/** The registered clients. Every other `client_id` is a public client. */
export class OAuthClients {
  readonly #clients: ReadonlyMap<string, OAuthClient>;
  readonly #passwords: Pick<Passwords, 'verify'>;
  /** Of each client the secret that was right last, as a MAC under a key of this process: a resource server asks all the time. */
  readonly #right = new Map<string, Buffer>();
  readonly #key = randomBytes(32);

  constructor(clients: readonly OAuthClient[], passwords: Pick<Passwords, 'verify'>) {
    this.#clients = new Map(clients.map((client) => [client.clientId, client]));
    this.#passwords = passwords;
  }

  /** The origins of all clients' pages. */
  get origins(): readonly string[] {
    return [...this.#clients.values()].flatMap(({ origins }) => origins);
  }

  /** Whether a client has to prove itself by a secret. */
  hasSecret(clientId: string): boolean {
    return typeof this.#clients.get(clientId)?.secretHash === 'string';
  }

  /** Whether a client may do for itself what a role allows. */
  hasRole(clientId: string, role: Role): boolean {
    const client = this.#clients.get(clientId);
    if (client === undefined || client.secretHash === null) return false;
    return client.roles === null ? role === 'resource_server' : client.roles.includes(role);
  }

  /**
   * The client of the first credentials that are right; null if none are. The work is the same for an unknown or a public client.
   * Rejects with `TooBusyError` or `ClientGoneError`.
   */
  async authenticateOne(candidates: readonly ClientCredentials[], signal?: AbortSignal): Promise<string | null> {
    const known = candidates.find((candidate) => this.#wasRight(candidate));
    if (known !== undefined) return known.clientId;
    for (const candidate of candidates) if (await this.#isRight(candidate, signal)) return candidate.clientId;
    return null;
  }

  #wasRight({ clientId, secret }: ClientCredentials): boolean {
    const right = this.#right.get(clientId);
    return right !== undefined && timingSafeEqual(right, this.#macOf(secret));
  }

  async #isRight({ clientId, secret }: ClientCredentials, signal: AbortSignal | undefined): Promise<boolean> {
    const hash = this.#clients.get(clientId)?.secretHash ?? null;
    const isRight = await this.#passwords.verify(hash, secret, { signal });
    if (isRight) this.#right.set(clientId, this.#macOf(secret));
    return isRight;
  }

  #macOf(secret: string): Buffer {
    return createHmac('sha256', this.#key).update(secret).digest();
  }
}
