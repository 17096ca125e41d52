import { LOG_STREAM, streamName } from '../../domain/streams.js';
import { ArchiveDamagedError, type Archive, type Archives } from '../../event-store/archives.js';
import type { ArchivedBefore } from '../../event-store/archive-catalogue.js';
import { ArchiveTable } from '../../event-store/archive-table.js';
import type { AuthenticLog } from '../../event-store/authentic-log.js';
import type { NamedArchive } from '../../event-store/log-history.js';
import type { Findings } from '../findings.js';
import type { Leaf, LeafHashes } from '../leaf-hashes.js';
import type { CompactRange } from '../merkle.js';

/** The archives that the log names: those that are there are compared with what the log says of them, the others excuse absence. */
export class MissingArchives {
  readonly #archives: Archives | null;
  readonly #logStream: string;
  /** Before which revisions the events of a stream are in archives that are not there. */
  readonly #missing = new ArchiveTable();
  readonly #needed = new Set<string>();

  constructor({ archives, prefix }: { readonly archives?: Archives; readonly prefix: string }) {
    this.#archives = archives ?? null;
    this.#logStream = `${prefix}${streamName(LOG_STREAM)}`;
  }

  /** The names of those that are not there, and without which events are absent. */
  get names(): readonly string[] {
    return [...this.#needed];
  }

  /** Whether all are there. */
  get isEmpty(): boolean {
    return this.#missing.size === 0;
  }

  /** Looks at each archive that authentic events name. */
  async look(log: Pick<AuthenticLog, 'history' | 'streamsOf'>, findings: Findings): Promise<void> {
    for (const archive of log.history.archives) {
      const found = (await this.#archives?.find(archive.name)) ?? null;
      if (found === null) await this.#miss(archive.name, log.streamsOf(archive));
      else await this.#compare(archive, found, findings);
    }
  }

  /** The revision before which the events of a stream, some of which are absent, may be; 0 if none may. */
  before(stream: string): number {
    const missing = this.#missing.of(stream);
    for (const { archive } of missing) this.#needed.add(archive);
    return Math.max(0, ...missing.map(({ before }) => before));
  }

  /** Whether an event that is absent may be. */
  excuses({ stream, revision }: Pick<Leaf, 'stream' | 'revision'>): boolean {
    const missing = this.#missing.of(stream).filter(({ before }) => revision < before);
    for (const { archive } of missing) this.#needed.add(archive);
    return missing.length > 0;
  }

  async #miss(archive: string, streams: AsyncIterable<ArchivedBefore>): Promise<void> {
    for await (const { stream, before } of streams) this.#missing.add(stream, { archive, before });
  }

  /** Compares an archive with its digest in the log, and its files with theirs. */
  async #compare({ name, digest, event }: NamedArchive, archive: Archive, findings: Findings): Promise<void> {
    const problems = await problemsOf(archive, digest);
    if (problems.length === 0) return;
    const { revision, position, id } = event;
    const where = { stream: this.#logStream, revision, position, event_id: id };
    findings.add(0, 'altered', where, `archive ${name}, which this event names: ${problems.join('; ')}`);
  }
}

async function problemsOf(archive: Archive, digest: string): Promise<readonly string[]> {
  try {
    const isNamed = (await archive.summary()).digest === digest;
    return [...(isNamed ? [] : ['its manifest is not the one that was named']), ...(await archive.damages())];
  } catch (error) {
    if (error instanceof ArchiveDamagedError) return [error.message];
    throw error;
  }
}

const PAGE = 1_000;

/**
 * The hashes of leaves whose events are in an archive that is not there. Nobody vouches for them but the roots that notes have signed,
 * with which the tree is compared that they go into.
 */
export class AbsentLeaves {
  readonly #leaves: LeafHashes;
  readonly #missing: MissingArchives;
  #page: readonly Leaf[] = [];
  #from = 0;

  constructor(leaves: LeafHashes, missing: MissingArchives) {
    this.#leaves = leaves;
    this.#missing = missing;
  }

  /** Those that stand in the tree, which the caller lets grow by them, before an event. */
  async *upTo(eventId: string, tree: CompactRange): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const leaf = await this.#leaf(tree.size);
      if (leaf === null || leaf.eventId === eventId || !this.#missing.excuses(leaf)) return;
      yield leaf.hash;
    }
  }

  async #leaf(index: number): Promise<Leaf | null> {
    if (index < this.#from || index >= this.#from + this.#page.length) {
      this.#page = await this.#leaves.read(index, PAGE);
      this.#from = index;
    }
    return this.#page[index - this.#from] ?? null;
  }
}
