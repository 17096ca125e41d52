import type { Progress } from '../../../read-model/read-model.js';
import type { Query, SqliteClient } from '../sqlite-file.js';
import { asBytes, textOrNull } from '../text-of-bytes.js';
import { BuildQueries } from './build-queries.js';
import { versionOf, type BuildRef } from './read-model-jobs.js';

/** The build that is meant, found by its number or as the live one: how far it has come, and its documents. */
export class CurrentBuild {
  readonly #client: SqliteClient;
  readonly #ref: BuildRef;
  readonly #liveBuild: Query;
  readonly #builds: Query;
  #queries: { readonly build: number; readonly of: BuildQueries } | null = null;

  constructor(client: SqliteClient, ref: BuildRef) {
    this.#client = client;
    this.#ref = ref;
    this.#liveBuild = client.query('select build from read_model_builds where live = 1');
    this.#builds = client.query(
      `select ${['checkpoint', 'last_position', 'last_event_id', 'made_by'].map(asBytes).join(', ')}
       from read_model_builds where build = ?`,
    );
  }

  /** See `ProjectionTarget.progress`. */
  progress(): Promise<Progress> {
    return now(() => {
      const build = this.#number();
      const [checkpoint, position, eventId] = (this.#builds.get(build) ?? []).map(textOrNull);
      return {
        version: versionOf(build, checkpoint ?? null),
        checkpoint: checkpoint ?? null,
        lastEvent: position == null || eventId == null ? null : { position, eventId },
      };
    });
  }

  /** See `ReadModel.madeBy`. */
  madeBy(): Promise<string | null> {
    return now(() => {
      const [checkpoint, , , madeBy] = (this.#builds.get(this.#number()) ?? []).map(textOrNull);
      return checkpoint === null ? null : (madeBy ?? null);
    });
  }

  /** Its documents; a rebuild may put another build in its place at any time, so they are not kept by who reads. */
  documents(): BuildQueries {
    const build = this.#number();
    if (this.#queries?.build !== build) this.#queries = { build, of: new BuildQueries(this.#client, build) };
    return this.#queries.of;
  }

  /** What is read of its documents; rejects with what `read` throws. */
  read<T>(read: (documents: BuildQueries) => T): Promise<T> {
    return now(() => read(this.documents()));
  }

  #number(): number {
    return this.#ref === 'live' ? Number(this.#liveBuild.get()?.[0]) : this.#ref;
  }
}

/** Reading is a matter of microseconds, so it is done at once, on the calling thread; a failure rejects. */
function now<T>(read: () => T): Promise<T> {
  return new Promise((resolve) => resolve(read()));
}
