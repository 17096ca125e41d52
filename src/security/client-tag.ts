import { createHmac, type KeyObject } from 'node:crypto';

const TAG_BYTES = 8;

/** What distinguishes two clients of one family when neither sends an attempt key; each null if unknown. */
export interface ClientMarks {
  readonly userAgent: string | null;
  /** As the caller groups addresses. */
  readonly network: string | null;
}

/**
 * The tag of a client within one family: 8 bytes in base64url, equal for the same agent and network. Its key is derived from the
 * user's for that family alone, so tags of two families say nothing of each other, and none says anything once the user's key
 * is destroyed.
 */
export function clientTag(userKey: KeyObject, sid: string, { userAgent, network }: ClientMarks): string {
  const tagKey = createHmac('sha256', userKey).update(`tag${sid}`).digest();
  const mac = createHmac('sha256', tagKey)
    .update(JSON.stringify([userAgent, network]))
    .digest();
  return mac.subarray(0, TAG_BYTES).toString('base64url');
}
