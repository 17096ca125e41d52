import type { Instant } from '../domain/instant.js';
import type { LastEvent, Position } from '../event-store/position.js';
import type {
  AccountDocument,
  Changed,
  Collection,
  DocumentKey,
  Documents,
  Placed,
  SessionDocument,
  StreamDocument,
} from './documents.js';

/**
 * Which set of documents something was loaded from, and at which checkpoint: `apply` takes only what was made of the documents of
 * the same version and checkpoint. Opaque outside the adapters.
 */
export type VersionToken = string;

/** How far the log was applied, and the last event of ours that was. */
export interface Progress {
  readonly version: VersionToken;
  /** Null before the first batch. */
  readonly checkpoint: Position | null;
  readonly lastEvent: LastEvent | null;
}

/** What one batch of events changes: whole documents, and the checkpoint that goes with them. */
export interface ProjectedBatch {
  readonly documents: readonly Changed[];
  /** As `progress` or the last `apply` gave it. */
  readonly version: VersionToken;
  /** The checkpoint after the batch. */
  readonly checkpoint: Position;
  /** The last event of the batch; null if it holds none. */
  readonly lastEvent: LastEvent | null;
}

/** What the projector and the rebuild write to. Every method rejects with `StoreUnavailableError` when the store cannot answer. */
export interface ProjectionTarget {
  progress(): Promise<Progress>;
  /** The documents there are among the asked ones, in no order. Rejects with `CheckpointMovedError` if the version is not that of the live documents. */
  load(keys: readonly DocumentKey[], version: VersionToken): Promise<readonly Placed[]>;
  /**
   * Stores a batch and its checkpoint so that a crash at any point leaves both or can be repeated harmlessly: a document is
   * only ever replaced by one with a higher position. Resolves to the version to go on with. Rejects with
   * `CheckpointMovedError`, changing nothing, if the version is not the present one: another projector is at work, or a rebuild
   * was put in place.
   */
  apply(batch: ProjectedBatch): Promise<VersionToken>;
  ping(): Promise<void>;
}

/** Sessions of a user in pages. */
export interface SessionsPage {
  readonly limit: number;
  /** Continue after this session, as the last page ended. */
  readonly after?: Pick<SessionDocument, 'lastUsedAt' | 'id'>;
}

/** What queries read. */
export interface SessionReader {
  /** The position up to which the log was applied; null before the first batch. */
  checkpoint(): Promise<Position | null>;
  session(sid: string): Promise<SessionDocument | null>;
  /** The user's sessions that are `active` by their own stream, newest use first. */
  activeSessionsOf(userId: string, page?: SessionsPage): Promise<readonly SessionDocument[]>;
  /** How many of these there are, counted up to a number from 1: for a limit, without reading them. */
  countActiveSessionsOf(userId: string, upTo: number): Promise<number>;
  /** The user's sessions that are not `active` by their own stream, the last ended first. */
  endedSessionsOf(userId: string, limit: number): Promise<readonly SessionDocument[]>;
  account(userId: string): Promise<AccountDocument | null>;
  accounts(userIds: readonly string[]): Promise<readonly AccountDocument[]>;
  accountByEmailKey(emailKey: string): Promise<AccountDocument | null>;
  /** Accounts in the order of their ids, after the given id. */
  accountsAfter(afterId: string | null, limit: number): Promise<readonly AccountDocument[]>;
  ping(): Promise<void>;
}

/** Which streams of devices there are. A page goes on after an id, null being before all. */
export interface StreamIndex {
  /** The position up to which the log was applied; null before the first batch. */
  checkpoint(): Promise<Position | null>;
  /** One stream by its id (`streamDocumentId`). */
  deviceStream(id: string): Promise<StreamDocument | null>;
  /** The streams of a user's devices, in the order of ids. */
  deviceStreamsOf(userId: string, afterId: string | null, limit: number): Promise<readonly StreamDocument[]>;
  /** All streams that hold a contested redelivery or a reuse, in the order of ids. */
  suspectStreams(afterId: string | null, limit: number): Promise<readonly StreamDocument[]>;
  /** All streams of devices, in the order of ids. */
  scan(collection: 'streams', afterId: string | null, limit: number): Promise<readonly StreamDocument[]>;
}

/** A page of sessions by the instant they end, oldest first. */
export interface EndingPage {
  /** Only sessions whose `endsAt` is at or before this. */
  readonly endsBy: Instant;
  /** Only those still `active` by their own stream (default: whatever their status). */
  readonly activeOnly?: boolean;
  /** Continue after this session (its endsAt and id), as the last page ended. */
  readonly after?: Pick<SessionDocument, 'endsAt' | 'id'>;
  readonly limit: number;
}

/** What the expiry sweep reads, and what retention removes. */
export interface ExpiryCandidates {
  sessionsEnding(page: EndingPage): Promise<readonly SessionDocument[]>;
  accounts(userIds: readonly string[]): Promise<readonly AccountDocument[]>;
  /** Removes sessions for good; a removed session does not come back, not even by a delayed projector. */
  removeSessions(sessions: readonly Pick<SessionDocument, 'id' | 'position'>[]): Promise<void>;
}

/** What a rebuild needs of the live read model, for comparing and for taking its place. */
export interface Rebuildable extends ProjectionTarget, SessionReader, StreamIndex, ExpiryCandidates {
  /** A page of a collection in the order of ids, after the given id. */
  scan<C extends Collection>(collection: C, afterId: string | null, limit: number): Promise<readonly Documents[C][]>;
  /** Begins an empty read model beside this one. A rebuild that was left unfinished earlier is discarded. */
  beginRebuild(): Promise<Rebuild>;
}

/** A read model being built beside the live one (a blue/green rebuild). */
export interface Rebuild {
  readonly target: ProjectionTarget & SessionReader & StreamIndex & ExpiryCandidates & Pick<Rebuildable, 'scan'>;
  /** Makes the target the live read model in one step, checkpoint included, and removes the old one. */
  swap(): Promise<void>;
  /** Removes the target; the live one stays. */
  discard(): Promise<void>;
}

/** The whole read model of an adapter. Each user of it names the part that it needs. */
export interface ReadModel extends Rebuildable {
  /**
   * The version of reducers and collections that the live documents were made by (`READ_MODEL_VERSION` in projections/); null if
   * there are no documents yet. Kept with them: another one than the program's means that a rebuild is needed.
   */
  madeBy(): Promise<string | null>;
}

/** The version is not the present one: another projector moved the checkpoint, or a rebuild was put in place. */
export class CheckpointMovedError extends Error {
  override readonly name = 'CheckpointMovedError';

  constructor(expected: VersionToken, actual: VersionToken) {
    super(`the read model is at ${actual}, expected ${expected}`);
  }
}

/** Another rebuild has begun since, which discards this one. */
export class RebuildOvertakenError extends Error {
  override readonly name = 'RebuildOvertakenError';

  constructor() {
    super('this rebuild was discarded: another one has begun');
  }
}
