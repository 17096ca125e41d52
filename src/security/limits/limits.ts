import type { KeyObject } from 'node:crypto';
import { ClientGoneError } from '../client-gone-error.js';
import { Budgets, type KnownDevice, type LimitBudget } from './budgets.js';
import type { LimitCounters } from './limit-counters.js';
import type { NetworkRequest } from './limit-policies.js';
import { DEFAULT_LIMITS, type LimitSettings } from './limit-settings.js';
import { admission, attempt, earlier, refusal, type Admission, type Attempt, type Refusal } from './limit-answers.js';
import { Reservations } from './reservations.js';

export interface SignInSubject {
  /** In normal form (src/security/email-address.ts). */
  readonly email: string;
  /** The client's address; null if it is unknown. */
  readonly address: string | null;
  readonly knownDevice?: KnownDevice | null | undefined;
}

/** Whom a limit counts, for each kind of request. */
export interface Subjects extends Readonly<Record<NetworkRequest, FromNetwork>> {
  /** A mail of one kind to one e-mail address, in normal form. */
  readonly mail: {
    readonly mail: 'password_reset' | 'email_verification';
    readonly email: string;
    /** Asked for by a device that the account knows: strangers cannot spend that. */
    readonly byKnownDevice?: boolean;
  };
  readonly mutation: { readonly userId: string };
}

/** An authentication of an OAuth client by its secret. */
export interface ClientAuthentication extends FromNetwork {
  /** The registered clients with a secret that it may prove; none if it names others. */
  readonly registered: readonly string[];
}

/** A mail that is about to be sent; `email` is in normal form, `eventId` names the event that asks for it. */
export interface SentMail {
  readonly kind: string;
  readonly email: string;
  readonly eventId: string;
}

interface FromNetwork {
  readonly address: string | null;
}

export interface LimitsOptions {
  readonly counters: LimitCounters;
  /** Hashes the keys. Instances that share counters need the same one. */
  readonly secret: KeyObject;
  readonly settings?: Partial<LimitSettings>;
  /** Networks that are spared every limit of which a network is a part. */
  readonly exempt?: readonly string[];
}

/**
 * The limits of guessing, flooding and enumeration. They bind attackers, not owners: a device that the account knows has budgets
 * of its own, which no stranger can spend.
 */
export class Limits {
  readonly #budgets: Budgets;
  readonly #reservations: Reservations;

  /** Throws `RangeError` if `exempt` has something that is no network. */
  constructor({ counters, secret, settings = {}, exempt = [] }: LimitsOptions) {
    this.#budgets = new Budgets(secret, { ...DEFAULT_LIMITS, ...settings }, exempt);
    this.#reservations = new Reservations(counters);
  }

  /**
   * Reserves a sign-in before its password is hashed. A known device takes from its own budgets; when they are spent it is
   * treated like a stranger. Rejects with `ClientGoneError` if the signal aborts while it waits.
   */
  async reserveSignIn({ email, address, knownDevice }: SignInSubject, signal?: AbortSignal): Promise<Attempt | Refusal> {
    const asStranger = this.#budgets.signIn(email, address);
    if (knownDevice === null || knownDevice === undefined) return this.#reserve(asStranger, signal);
    const own = await this.#reservations.reserve(this.#budgets.knownDevice(email, knownDevice), signal);
    if ('keep' in own) return attempt(own);
    const fallback = await this.#reserve(asStranger, signal);
    // Either the device's or the account's budgets have to be there again.
    return fallback.refused === null ? fallback : earlier(fallback, refusal(own));
  }

  /** Reserves a check of the password of somebody who is signed in. Apart from sign-ins, so no stranger can spend it. */
  reservePasswordCheck(
    { userId, address }: { readonly userId: string; readonly address: string | null },
    signal?: AbortSignal,
  ): Promise<Attempt | Refusal> {
    return this.#reserve(this.#budgets.passwordCheck(userId, address), signal);
  }

  /** Reserves an authentication of an OAuth client before its secret is hashed. */
  reserveClientAuthentication(
    { registered, address }: ClientAuthentication,
    signal?: AbortSignal,
  ): Promise<Attempt | Refusal> {
    return this.#reserve(this.#budgets.clientAuthentication(registered, address), signal);
  }

  /**
   * Whether a mail may be sent: at most so many of one kind reach one e-mail address in an hour. It counts once, however often
   * and by whichever instance it is asked about; what is refused does not count.
   */
  async admitMail({ kind, email, eventId }: SentMail): Promise<boolean> {
    const first = await this.#reservations.take(this.#budgets.oneMail(eventId));
    if (!('keep' in first)) return true;
    const counted = await this.#reservations.take(this.#budgets.sentMail(kind, email));
    if ('keep' in counted) return true;
    await first.giveBack();
    return false;
  }

  /** Counts a request, whatever comes of it. */
  async consume<K extends keyof Subjects>(kind: K, subject: Subjects[K]): Promise<Admission | Refusal> {
    const result = await this.#reservations.take(this.#budgetsOf({ kind, subject } as Request));
    return 'keep' in result ? admission(result) : refusal(result);
  }

  async #reserve(budgets: readonly LimitBudget[], signal: AbortSignal | undefined): Promise<Attempt | Refusal> {
    const result = await this.#reservations.reserve(budgets, signal);
    if ('keep' in result) return attempt(result);
    if (signal?.aborted) throw new ClientGoneError();
    return refusal(result);
  }

  #budgetsOf(request: Request): LimitBudget[] {
    switch (request.kind) {
      case 'mail':
        return this.#budgets.mail(request.subject.mail, request.subject.email, request.subject.byKnownDevice === true);
      case 'mutation':
        return this.#budgets.mutation(request.subject.userId);
      default:
        return this.#budgets.request(request.kind satisfies NetworkRequest, request.subject.address);
    }
  }
}

type Request = { [K in keyof Subjects]: { readonly kind: K; readonly subject: Subjects[K] } }[keyof Subjects];
