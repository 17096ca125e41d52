import type { Actor } from '../domain/event.js';
import type { Instant } from '../domain/instant.js';
import { changeKeyFile } from '../security/change-key-file.js';
import type { AccessAlgorithm, KeyFile } from '../security/key-file-shape.js';
import { newestAccessAlgorithm, prepareKeys, rotateKeys } from '../security/key-rotation.js';
import { signingAt, verifiesAt, type Schedule } from '../security/key-schedule.js';
import type { MasterReplacementResult } from '../security/replace-master.js';
import { OperatorRefusedError } from './errors.js';
import type { IntegrityChangeResult } from './integrity-change.js';

/** A key as it is listed: never its secret. Instants in ISO 8601; null is not set. */
export interface ListedKey {
  readonly kid: string;
  readonly use: 'refresh' | 'access' | 'mail' | 'integrity' | 'notes' | 'master';
  readonly algorithm: string | null;
  /** `signs`, `waits` (for the next rotation or change, or for its instant), `verifies` (signs no more), `retired`, `kept`. */
  readonly state: 'signs' | 'waits' | 'verifies' | 'retired' | 'kept';
  readonly made_at: string;
  readonly signs_from: string | null;
  readonly verifies_until: string | null;
}

/** How long what former keys have signed is still accepted; null: as long as a token of theirs may live. */
export interface KeyRotation {
  readonly overlapMs: number | null;
  /** The new keys sign at once: for a key that has leaked. */
  readonly immediately: boolean;
}

/** What can be done with the keys of an installation. All reject as `read` does, or with `KeyFileRefusedError` by a server. */
export interface KeyActions {
  list(): Promise<readonly ListedKey[]>;
  /** Adds keys that verify already and sign from the next rotation on. */
  prepare(): Promise<readonly ListedKey[]>;
  rotate(rotation: KeyRotation): Promise<readonly ListedKey[]>;
  /** Puts a new master key in place of the old ones and wraps every user's key by it; where there are servers, in two calls. */
  rewrap(): Promise<MasterReplacementResult>;
  /** Puts a new integrity key in place of the former one; where there are servers, in three calls. */
  integrity(actor: Actor): Promise<IntegrityChangeResult>;
  /** Takes the key file as it is now. */
  reload(): Promise<readonly ListedKey[]>;
}

export interface KeyActionsOptions {
  readonly file: string;
  /** Reads and checks it. */
  readonly read: () => Promise<KeyFile>;
  /** The algorithm of new access keys; null: that of the newest one. */
  readonly alg: AccessAlgorithm | null;
  /** As long as a session may last. */
  readonly sessionMs: number;
  /** As long as an access token is valid. */
  readonly accessTokenMs: number;
  /** As long as the longest-lived code in a mail. */
  readonly codeMs: number;
  readonly now: () => Instant;
  /** Throws `KeyFileRefusedError` for a file that the running server could not take; without a server every file will do. */
  readonly check: (next: KeyFile) => void;
  /** Takes the changed file into the running server; without a server there is nothing to do. */
  readonly reload: () => Promise<void>;
  /** Null where the users' keys cannot be reached. */
  readonly rewrap: (() => Promise<MasterReplacementResult>) | null;
  readonly integrity: (actor: Actor) => Promise<IntegrityChangeResult>;
}

// For clocks of verifiers that are behind ours.
const CLOCK_SKEW_MS = 5 * 60_000;

/** The actions on a key file. Each change is checked, written in one step and then taken by the running server. */
export function keyActions(options: KeyActionsOptions): KeyActions {
  const { read, file, now, check, reload } = options;
  const list = async (): Promise<readonly ListedKey[]> => listedKeys(await read(), now());
  const algOf = (keys: KeyFile): AccessAlgorithm => options.alg ?? newestAccessAlgorithm(keys);
  const change = async (next: (keys: KeyFile) => Promise<KeyFile>): Promise<readonly ListedKey[]> => {
    await changeKeyFile({ file, read, check, change: next });
    await reload();
    return list();
  };
  return {
    list,
    prepare: () => change((keys) => prepareKeys(keys, now(), algOf(keys))),
    rotate: ({ overlapMs, immediately }) =>
      change((keys) =>
        rotateKeys(keys, now(), {
          alg: algOf(keys),
          overlapMs: overlapMs ?? options.sessionMs,
          accessOverlapMs: overlapMs === 0 ? 0 : options.accessTokenMs + CLOCK_SKEW_MS,
          mailOverlapMs: overlapMs === 0 ? 0 : options.codeMs,
          ...(immediately ? { delayMs: 0 } : {}),
        }),
      ),
    rewrap: () => {
      if (options.rewrap === null)
        throw new OperatorRefusedError('the users’ keys cannot be reached from here: run this where the server runs');
      return options.rewrap();
    },
    integrity: options.integrity,
    reload: async () => {
      await reload();
      return list();
    },
  };
}

/** The keys of a file with what each does at an instant, by use, newest first. */
export function listedKeys(keys: KeyFile, now: Instant): readonly ListedKey[] {
  return [
    ...rotating('refresh', keys.refresh, now),
    ...rotating('access', keys.access, now),
    ...rotating('mail', keys.mail, now),
    ...(keys.nextIntegrity === undefined ? [] : [waiting(keys.nextIntegrity)]),
    ...keys.integrity.map((key, index) => kept('integrity', key, index)),
    ...keys.notes.map((key, index) => kept('notes', key, index)),
    ...keys.master.map((key, index) => kept('master', { ...key, kid: key.id }, index)),
  ];
}

type RotatingKey = Schedule & { readonly kid: string; readonly createdAt: string; readonly alg?: string };

function rotating(use: ListedKey['use'], keys: readonly RotatingKey[], now: Instant): ListedKey[] {
  const signing = signingAt(keys, now);
  const stateOf = (key: RotatingKey): ListedKey['state'] => {
    if (key === signing) return 'signs';
    if (!verifiesAt(key, now)) return 'retired';
    return key.signsFrom === undefined || now < Date.parse(key.signsFrom) ? 'waits' : 'verifies';
  };
  return keys.map((key) => ({
    kid: key.kid,
    use,
    algorithm: key.alg ?? (use === 'refresh' ? 'HS256' : null),
    state: stateOf(key),
    made_at: key.createdAt,
    signs_from: key.signsFrom ?? null,
    verifies_until: key.retireAt ?? null,
  }));
}

type KeptKey = Pick<RotatingKey, 'kid' | 'createdAt' | 'signsFrom'>;

/** Of the kinds that are never dropped, the first one signs or wraps. */
function kept(use: ListedKey['use'], { kid, createdAt, signsFrom = createdAt }: KeptKey, index: number): ListedKey {
  return {
    kid,
    use,
    algorithm: null,
    state: index === 0 ? 'signs' : 'kept',
    made_at: createdAt,
    signs_from: index === 0 ? signsFrom : null,
    verifies_until: null,
  };
}

/** The integrity key that is to sign next. */
function waiting({ kid, createdAt }: KeptKey): ListedKey {
  return {
    ...{ kid, use: 'integrity', algorithm: null, state: 'waits' },
    ...{ made_at: createdAt, signs_from: null, verifies_until: null },
  };
}
