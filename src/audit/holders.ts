import { isoOf } from '../domain/instant.js';
import type { FamilyEvent } from '../domain/token-family/events.js';
import type { FamilyStep, TracedFamily } from './families.js';
import { isSameClient, type AuditedClient } from './personal.js';
import type { Verdict } from './theft-label.js';

/** Who held tokens of a session, from when to when (ISO 8601), and of which generations, in ascending order. */
export interface Holder extends AuditedClient {
  readonly from: string;
  readonly to: string;
  readonly generations: readonly number[];
}

interface Holding {
  readonly client: AuditedClient;
  readonly from: number;
  to: number;
  readonly generations: Set<number>;
  /** Whether it is known only as the one who showed an old token. */
  readonly isPresenter: boolean;
}

/**
 * Who held the session, in the order in which they appeared. Somebody who showed a stolen token is a holder apart, even where
 * IP and agent are those of its owner: what a client says of itself is no proof.
 */
export function holdersOf({ steps }: TracedFamily, { label }: Pick<Verdict, 'label'>): readonly Holder[] {
  const holdings: Holding[] = [];
  for (const step of steps) {
    const generations = heldBy(step.event);
    if (generations.length === 0) continue;
    const isPresenter = label === 'stolen' && step.event.type === 'TokenReuseDetected';
    const known = isPresenter ? laterHolder(holdings, step) : holderAmong(holdings, step);
    const holding = known ?? { client: step.client, from: step.occurredAt, to: 0, generations: new Set(), isPresenter };
    if (known === undefined) holdings.push(holding);
    holding.to = Math.max(holding.to, holding.from, step.occurredAt);
    for (const generation of generations) holding.generations.add(generation);
  }
  return holdings.map(({ client, from, to, generations }) => ({
    ...client,
    from: isoOf(from),
    to: isoOf(to),
    generations: [...generations].sort((a, b) => a - b),
  }));
}

/** The generations whose token a client showed or was given. */
function heldBy({ type, data }: FamilyEvent): readonly number[] {
  const { generation } = data.family;
  switch (type) {
    case 'TokenIssued':
      return [generation];
    case 'TokenRotated':
    case 'TokenRedelivered':
      return [generation - 1, generation];
    case 'TokenReuseDetected':
      return [data.presentedGeneration];
    case 'TokenRevoked':
    case 'TokenExpired':
    case 'DeviceRenamed':
      return [];
  }
}

function holderAmong(holdings: readonly Holding[], { client }: FamilyStep): Holding | undefined {
  return holdings.find((one) => !one.isPresenter && isEqual(one.client, client));
}

/** A holder of before, if it is not the one who went on with the session last: that one would have shown its newest token. */
function laterHolder(holdings: readonly Holding[], { client }: FamilyStep): Holding | undefined {
  const newest = holdings.reduce<Holding | null>((one, other) => (one === null || other.to >= one.to ? other : one), null);
  return holdings.find((one) => one !== newest && isSameClient(one.client, client));
}

/** Those that are unknown are put together: nothing distinguishes them. */
function isEqual(one: AuditedClient, other: AuditedClient): boolean {
  return one.ip === other.ip && one.user_agent === other.user_agent;
}
