// @ts-check
/** What happened to a session, as its user would say it. */

/** Why a session ended. @type {ReadonlyMap<string, string>} */
const ENDS = new Map([
  ['logout', 'Signed out there'],
  ['superseded', 'Replaced by a new sign-in on the same device'],
  ['device_removed', 'Signed out from another device'],
  ['reuse', 'Ended because it was used in two places'],
  ['admin', 'Ended by an administrator'],
  ['session_limit', 'Ended because there were too many sessions'],
  ['logout_all', 'Signed out together with other devices'],
  ['password_changed', 'Ended because the password was changed'],
  ['password_reset', 'Ended because the password was reset'],
  ['disabled', 'Ended because the account was disabled'],
  ['erased', 'Ended because the account was erased'],
  ['idle', 'Expired: it was not used for long'],
  ['absolute', 'Expired: it had lasted as long as a session may'],
  ['expired', 'Expired'],
]);

/** @param {string | null} reason */
export const endWords = (reason) => ENDS.get(reason ?? '') ?? 'Ended';

/** What each event means, and how it is marked. @type {ReadonlyMap<string, readonly [kind: string, words: string]>} */
const EVENTS = new Map([
  ['TokenIssued', ['begin', 'Signed in']],
  ['TokenRotated', ['use', 'Used']],
  ['TokenRedelivered', ['again', 'An answer got lost and was sent again']],
  ['TokenReuseDetected', ['theft', 'This session was used in two places']],
  ['DeviceRenamed', ['note', 'Renamed']],
]);

/**
 * @param {{ type: string, reason?: string | null, contested?: boolean }} event
 * @returns {readonly [kind: string, words: string]}
 */
export const eventWords = ({ type, reason = null, contested = false }) => {
  if (type === 'TokenRevoked') return ['end', endWords(reason)];
  if (type === 'TokenExpired') return ['end', endWords(reason ?? 'expired')];
  if (type === 'TokenRedelivered' && contested) return ['warn', 'Used from a second place at the same time'];
  return EVENTS.get(type) ?? ['note', type];
};
