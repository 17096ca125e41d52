import type { Sealed } from '../domain/event.js';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { sealClient, type Client } from '../security/client-seal.js';
import { KeyMissingError, type Sealing } from '../security/sealing.js';

/** Seals address and agent for a refresh, which goes on without the keys: null, never in the clear, if they are out of reach. */
export async function sealClientIfPossible(sealing: Sealing, userId: string, client: Client): Promise<Sealed | null> {
  try {
    return await sealClient(sealing, userId, client);
  } catch (error) {
    if (error instanceof StoreUnavailableError || error instanceof KeyMissingError) return null;
    throw error;
  }
}
