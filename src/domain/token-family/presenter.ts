import type { FamilySnapshot, Holder } from './snapshot.js';

/** The client of every family that no OAuth client has adopted. */
export const OWN_CLIENT_ID = 'tokenledger';

/** Who presents a refresh token, as far as anything says so. */
export interface Presenter {
  /** All that the presented token says. */
  readonly presented: FamilySnapshot;
  /** The attempt of the `Idempotency-Key`, under the key that signed the presented token; null without one. */
  readonly attempt: string | null;
  /** An HMAC over agent and network; null if it could not be made: it equals any then. */
  readonly tag: string | null;
  /** The key of a valid DPoP proof (RFC 9449); null without one. */
  readonly jkt: string | null;
  /** The `client_id` at /oauth2/token; null elsewhere, which is our own client. */
  readonly clientId: string | null;
}

/**
 * - `entitled`: nothing says that the token is somebody else's.
 * - `no_proof`: the generation is bound to a key, and nothing is proved.
 * - `another_key`: another key is proved, or the generation is from before the binding and the key is not proved.
 * - `another_client`: an OAuth client has adopted the family, and this is not that client.
 */
export type Standing = 'entitled' | 'no_proof' | 'another_key' | 'another_client';

/** Whether a presenter may hold a token of this family at all, by what it is bound to and by whom it was adopted. */
export function standingOf({ binding, adoption }: FamilySnapshot, presenter: Presenter): Standing {
  const { presented, jkt } = presenter;
  if (binding !== null && jkt !== binding.jkt) {
    // Else a thief who binds a stolen token first would never be seen: the owner's next try ends the family.
    if (presented.generation < binding.generation) return 'another_key';
    return jkt === null ? 'no_proof' : 'another_key';
  }
  if (adoption !== null && clientOf(presenter) !== adoption.clientId) return 'another_client';
  return 'entitled';
}

/** The client that a presenter is. */
export function clientOf({ clientId }: Pick<Presenter, 'clientId'>): string {
  return clientId ?? OWN_CLIENT_ID;
}

/** The attempt that counts. A key that already made the presented token counts as none: a constant key proves nothing. */
export function attemptOf({ attempt, presented }: Pick<Presenter, 'attempt' | 'presented'>): string | null {
  return attempt === presented.attempt ? null : attempt;
}

/** By what a presenter is known among those who present one generation. */
export function holderOf(presenter: Presenter): Holder {
  const attempt = attemptOf(presenter);
  return attempt === null ? { tag: presenter.tag } : { attempt };
}

/** Whether two are the same client by what they are known by: equal keys, or no key on either side and tags equal or unknown. */
export function isSame(one: Holder, other: Holder): boolean {
  if ('attempt' in one) return 'attempt' in other && one.attempt === other.attempt;
  return 'tag' in other && (one.tag === null || other.tag === null || one.tag === other.tag);
}
