import type { OperatorDependencies, RebuildReport } from './dependencies.js';
import { withProgress, type ProgressLine } from './with-progress.js';

/** How far a rebuild has come. */
export type RebuildProgress = ProgressLine;

/** A rebuild as it goes on: objects that say how far it has come, at last the report. */
export function rebuildWithProgress(
  { rebuild }: Pick<OperatorDependencies, 'rebuild'>,
  check: boolean,
): AsyncGenerator<RebuildProgress | RebuildReport, void, undefined> {
  return withProgress((onProgress) => rebuild({ check, onProgress }));
}
