import { REVOKE_ALL_REASONS } from '../../domain/account/events.js';
import { REVOCATION_REASONS } from '../../domain/token-family/events.js';
import type { SkipReason } from '../../event-store/recorded-decoding.js';
import { LIMIT_POLICIES } from '../../security/limits/limit-policies.js';

/**
 * The values of each label, as closed sets: every series exists from the start, so that a rate over the first theft is not missed,
 * and no request can make a new one.
 */
export const REFRESH_OUTCOMES = [
  'rotated',
  'redelivered',
  'contested',
  'reused',
  'revoked',
  'expired',
  'invalid',
  'invalid_proof',
  'limited',
] as const;
export type RefreshOutcome = (typeof REFRESH_OUTCOMES)[number];

export const SIGN_IN_OUTCOMES = ['issued', 'invalid_credentials', 'account_disabled', 'limited'] as const;
export type SignInOutcome = (typeof SIGN_IN_OUTCOMES)[number];

export const REGISTRATION_OUTCOMES = [
  'registered',
  'email_taken',
  'registration_closed',
  'password_too_common',
  'limited',
] as const;
export type RegistrationOutcome = (typeof REGISTRATION_OUTCOMES)[number];

export const ENDED_REASONS = [...new Set([...REVOCATION_REASONS, ...REVOKE_ALL_REASONS])];
export type EndedReason = (typeof ENDED_REASONS)[number];

/** The limits of requests, by network size too, that of a session, and what has no label of its own. */
export const LIMITED_POLICIES = [...LIMIT_POLICIES, 'rotation', 'other'];

export const MAIL_KINDS = ['verify', 'reset', 'password_changed', 'new_device', 'two_places', 'account_disabled'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export const SWEEP_OUTCOMES = ['completed', 'failed'] as const;
export type SweepOutcome = (typeof SWEEP_OUTCOMES)[number];

/** Why events are left out: of a stream that only looks like ours, disowned, or of a stream that was deleted before. */
export const SKIP_REASONS = ['foreign', 'disowned', 'void'] as const satisfies readonly SkipReason[];

export const STORES = ['event_store', 'read_model', 'key_store'] as const;
export const PASSWORD_QUEUES = ['sign_in', 'registration', 'other'] as const;
/** `elsewhere`: another instance does the work, or none of this process's roles does. */
export const PROCESSOR_STATES = ['running', 'waiting', 'refused', 'failed', 'stopped', 'elsewhere'] as const;
export type ProcessorState = (typeof PROCESSOR_STATES)[number];

/** The listener that answered: that of clients, or that of operators. */
export const LISTENERS = ['http', 'operations'] as const;
export type Listener = (typeof LISTENERS)[number];

/** Whether an answer shows a fault of ours: 503 is the fault of a store, and passes. */
export function isDefect(status: number): boolean {
  return status >= 500 && status !== 503;
}

/** A policy that has no label of its own is `other`. */
export function limitPolicy(policy: string): string {
  return LIMITED_POLICIES.includes(policy) ? policy : 'other';
}
