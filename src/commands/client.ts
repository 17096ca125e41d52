import type { Sealed } from '../domain/event.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { KeyMissingError, type Sealing } from '../security/sealing.js';
import type { Origin } from './commands.js';

/** Address and agent of a request, sealed as one value. Rejects as sealing does. */
export function sealClient(sealing: Sealing, userId: string, { ip, userAgent }: Origin): Promise<Sealed> {
  return sealing.seal(userId, 'client', JSON.stringify({ ip, userAgent }));
}

/** The same for a refresh, which goes on without the keys: null, never in the clear, if they cannot be reached. */
export async function sealClientIfPossible(sealing: Sealing, userId: string, origin: Origin): Promise<Sealed | null> {
  try {
    return await sealClient(sealing, userId, origin);
  } catch (error) {
    if (error instanceof StoreUnavailableError || error instanceof KeyMissingError) return null;
    throw error;
  }
}
