import { REVOKE_ALL_REASONS } from '../../domain/account/events.js';
import { REVOCATION_REASONS } from '../../domain/token-family/events.js';

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

export const LIMIT_POLICIES = [
  'sign_in_per_account',
  'sign_in_per_account_and_network',
  'sign_in_per_network',
  'known_device',
  'known_devices',
  'password_check_per_account',
  'password_check_per_account_and_network',
  'password_check_per_network',
  'registration_per_network',
  'mail_request_per_network',
  'password_reset_per_network',
  'email_verification_per_network',
  'client_authentication_per_network',
  'mail',
  'mutation',
  'rotation',
  'other',
] as const;
export type LimitPolicy = (typeof LIMIT_POLICIES)[number];

export const MAIL_KINDS = ['verify', 'reset', 'password_changed', 'new_device', 'two_places', 'account_disabled'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

export const SWEEP_OUTCOMES = ['completed', 'failed'] as const;
export type SweepOutcome = (typeof SWEEP_OUTCOMES)[number];

export const STORES = ['event_store', 'read_model', 'key_store'] as const;
export const PASSWORD_QUEUES = ['sign_in', 'registration', 'other'] as const;
/** `elsewhere`: another instance does the work, or none of this process's roles does. */
export const PROCESSOR_STATES = ['running', 'waiting', 'refused', 'failed', 'stopped', 'elsewhere'] as const;
export type ProcessorState = (typeof PROCESSOR_STATES)[number];

/** A policy that has no label of its own is `other`. */
export function limitPolicy(policy: string): LimitPolicy {
  return LIMIT_POLICIES.find((known) => known === policy) ?? 'other';
}
