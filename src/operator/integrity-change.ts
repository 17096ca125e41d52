import type { Actor } from '../domain/event.js';
import { isoOf, type Instant } from '../domain/instant.js';
import { WrongIntegrityKeyError } from '../event-store/log-maintenance.js';
import type { OpenedLog } from '../event-store/open-event-log.js';
import { changeKeyFile } from '../security/change-key-file.js';
import { prepareIntegrityKey, startIntegrityKey } from '../security/integrity-keys.js';
import type { KeyFile } from '../security/key-file-shape.js';
import { ROTATION_DELAY_MS } from '../security/key-rotation.js';
import { OperatorRefusedError } from './errors.js';

// From the adding of a key on, no instance uses it so long. Nobody distributes a file to other instances in less: two operators have asked
// at once, or one of them twice.
const MIN_DISTRIBUTION_MS = 10_000;

/**
 * - `added`: the new key is in the file. It verifies and does not sign yet. Once every instance has reloaded the file, the next call
 *   lets it sign.
 * - `signs`: it comes first in the file. Once every instance has signed with it for 70 seconds, the next call ends the former one.
 * - `changed`: the log says so (`IntegrityKeyChanged`). What the former key signs after that is refused.
 */
export interface IntegrityChangeResult {
  readonly outcome: 'added' | 'signs' | 'changed';
  /** The new key. */
  readonly kid: string;
}

export interface IntegrityChange {
  /** The key file. */
  readonly file: string;
  readonly log: Pick<OpenedLog, 'readKeyInForce' | 'lastUseOfOthers' | 'changeIntegrityKey'>;
  /** The key that this process signs with. */
  readonly signing: () => string;
  readonly now: () => Instant;
  /** Whether no other process uses the keys: always so on the embedded side. */
  readonly alone: boolean;
  /** Throws `KeyFileRefusedError` for a file that this process could not take. */
  readonly check: (next: KeyFile) => void;
  /** Takes the changed file into this process. */
  readonly reload: () => Promise<void>;
}

/**
 * Changes the integrity key. Every instance must know the new key before any signs with it, and sign with it before the former one
 * ends, so with several processes it takes three calls; alone, one. A change that was interrupted goes on. Rejects with
 * `OperatorRefusedError` while it is too early, with `KeyFileError`, `KeyFileRefusedError`, and as the log does.
 */
export async function changeIntegrityKey(change: IntegrityChange, actor: Actor): Promise<IntegrityChangeResult> {
  let result = await takeStep(change, actor, await change.log.readKeyInForce());
  while (change.alone && result.outcome !== 'changed') {
    const inForce = await change.log.readKeyInForce();
    // Somebody else who asked at the same time may have finished it.
    result = inForce === result.kid ? { ...result, outcome: 'changed' } : await takeStep(change, actor, inForce);
  }
  return result;
}

async function takeStep(change: IntegrityChange, actor: Actor, inForce: string): Promise<IntegrityChangeResult> {
  const { file, log, signing, check, reload } = change;
  const { keys, isChanged } = await changeKeyFile({ file, check, change: (now) => nextKeys(change, now, inForce) });
  if (isChanged) {
    await reload();
    const { nextIntegrity: next } = keys;
    return next === undefined ? { outcome: 'signs', kid: signerOf(keys).kid } : { outcome: 'added', kid: next.kid };
  }
  const { kid } = signerOf(keys);
  if (!change.alone) await checkEverybodySigns(change, keys);
  else if (signing() !== kid) await reload();
  try {
    await log.changeIntegrityKey(kid, actor);
  } catch (error) {
    throw error instanceof WrongIntegrityKeyError ? new OperatorRefusedError(error.message) : error;
  }
  return { outcome: 'changed', kid };
}

/** The same keys if nothing is left to do but to say it in the log. */
function nextKeys({ alone, now }: IntegrityChange, keys: KeyFile, inForce: string): KeyFile {
  const { nextIntegrity: next } = keys;
  // What signs already comes into force before the next one signs: otherwise it would stay valid for good.
  if (signerOf(keys).kid !== inForce && next?.kid !== inForce) return keys;
  if (next === undefined) return prepareIntegrityKey(keys, now());
  if (!alone && now() < Date.parse(next.createdAt) + MIN_DISTRIBUTION_MS)
    throw new OperatorRefusedError(
      `integrity key ${next.kid} was added only at ${next.createdAt}: an instance that does not know it stops at the first event that it signs. ` +
        'Distribute the key file, send SIGHUP to every instance and look for "keys reloaded" in each log, then repeat this.',
    );
  return startIntegrityKey(keys, now());
}

/** Rejects while an instance may still append what the former key has signed: it would be refused for good. */
async function checkEverybodySigns({ log, signing, now, reload }: IntegrityChange, keys: KeyFile): Promise<void> {
  const { kid, createdAt, signsFrom = createdAt } = signerOf(keys);
  if (signing() !== kid) {
    await reload();
    throw new OperatorRefusedError(
      `this instance signs with integrity key ${kid} only from now on: repeat this in 70 seconds, once every other instance has reloaded the key file too`,
    );
  }
  const used = log.lastUseOfOthers(kid);
  const fromFile = Date.parse(signsFrom);
  const from = Math.max(fromFile, used ?? fromFile) + ROTATION_DELAY_MS;
  if (now() >= from) return;
  const why =
    used === null || used <= fromFile
      ? `it signs only since ${signsFrom}`
      : `an event of ${isoOf(used)} is still signed by another key: an instance had not reloaded the key file by then`;
  throw new OperatorRefusedError(
    `integrity key ${kid} cannot end the former one yet: ${why}. Repeat this at ${isoOf(from)}, 70 seconds later, once "keys reloaded" is in the log of every instance.`,
  );
}

function signerOf({ integrity }: KeyFile): KeyFile['integrity'][number] {
  const [first] = integrity;
  if (first === undefined) throw new RangeError('a key file holds an integrity key');
  return first;
}
