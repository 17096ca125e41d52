import type { Position as LogPosition } from '@eventstore/db-client';
import { ForeignPositionError } from '../../event-store/errors.js';
import { positionOf, type Position } from '../../event-store/position.js';

/** A position as EventStoreDB counts, as this port writes it. */
export function positionFrom({ commit, prepare }: LogPosition): Position {
  return `${positionOf(commit)}/${positionOf(prepare)}`;
}

/** A position of this port as EventStoreDB takes it. Throws `ForeignPositionError`. */
export function logPosition(position: Position): LogPosition {
  const [, commit, prepare] = /^(\d{20})\/(\d{20})$/.exec(position) ?? [];
  if (commit === undefined || prepare === undefined) throw new ForeignPositionError(position);
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}
