import { createHmac, type KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import { networkOf, parseNetworkAddress } from '../security/network-address.js';

/** What security lines are about. At `warn` stand those that are an attack, or may be one; at `error` what an operator must repair. */
const LEVELS = {
  user_key_missing: 'error',
  token_reused: 'warn',
  token_contested: 'warn',
  sign_in_limited: 'warn',
  request_limited: 'warn',
  log_cut: 'warn',
  stream_destroyed: 'warn',
  sign_in_failed: 'info',
  account_disabled: 'info',
  password_check_failed: 'info',
} as const;
type SecurityEvent = keyof typeof LEVELS;

/** Whom a line is about; addresses are hashed before they are written. */
export interface SecuritySubject {
  readonly userId?: string;
  readonly sessionId?: string;
  /** In normal form. */
  readonly email?: string;
  readonly ip?: string | null;
  readonly requestId?: string;
  /** The policy of a limit. */
  readonly policy?: string;
}

// 96 bits: enough to find lines of one subject, too few bytes to fill the log.
const HASH_CHARACTERS = 16;

/**
 * Writes what matters for security to the process's log, one line an event, for a SIEM. E-mail addresses and networks are keyed
 * hashes: lines about one subject can be found, but nobody without the key can guess who it is. Tokens, passwords and codes never
 * get here.
 */
export class SecurityLog {
  readonly #log: Logger;
  readonly #key: KeyObject;

  /** Instances of one installation have the same `key`, so that their lines can be joined. */
  constructor(log: Logger, key: KeyObject) {
    this.#log = log;
    this.#key = key;
  }

  record(event: SecurityEvent, { userId, sessionId, email, ip, requestId, policy }: SecuritySubject): void {
    const line = {
      event,
      user_id: userId,
      session_id: sessionId,
      email_hash: email === undefined ? undefined : this.#hash('email', email),
      network_hash: this.#networkHash(ip),
      request_id: requestId,
      policy,
    };
    this.#log[LEVELS[event]](line, 'security');
  }

  /** A stream of ours was destroyed at the store: its session or user counts as if it did not exist. */
  streamDestroyed(stream: string): void {
    this.#log.warn({ event: 'stream_destroyed' satisfies SecurityEvent, stream }, 'security');
  }

  /** The log ends before what one of our tokens or accounts refers to: somebody cut it. */
  logCut(details: { readonly stream: string; readonly userId?: string; readonly sessionId?: string }): void {
    const { stream, userId, sessionId } = details;
    const event = 'log_cut' satisfies SecurityEvent;
    this.#log.warn({ event, stream, user_id: userId, session_id: sessionId }, 'security');
  }

  /** By network, since a client may choose among many addresses: a /64 of IPv6 belongs to one. */
  #networkHash(ip: string | null | undefined): string | undefined {
    const address = parseNetworkAddress(ip);
    return address === null ? undefined : this.#hash('network', networkOf(address, 32, 64));
  }

  #hash(kind: string, value: string): string {
    return createHmac('sha256', this.#key).update(`${kind}:${value}`).digest('base64url').slice(0, HASH_CHARACTERS);
  }
}
