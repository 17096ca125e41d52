import type { Instant } from './instant.js';

/** Who or what caused an event: a user, the scheduler, an operator's script, or nobody signed in yet. */
export type Actor =
  { readonly kind: 'user'; readonly userId: string } | { readonly kind: 'system' | 'operator' | 'anonymous' };

/** What every event says about itself beside its data. */
export interface EventMetadata {
  /** The version of the shape of `data`; older ones are upcast on reading. */
  readonly schemaVersion: number;
  readonly occurredAt: Instant;
  /** The id of the request or run this event belongs to. */
  readonly correlationId: string;
  /** The id of what directly caused it: the command's id. */
  readonly causationId: string;
  readonly actor: Actor;
}

/** A personal value encrypted under its user's own key (see src/security/sealing.ts); opaque to the domain. */
export type Sealed = string;

/** A fact of the domain before it is recorded: its type and its data. */
export interface Fact<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data;
}
