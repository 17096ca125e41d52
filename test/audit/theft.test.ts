import { describe, expect, it } from '@jest/globals';
import type { FamilyStep, TracedFamily } from '../../src/audit/families.js';
import { holdersOf } from '../../src/audit/holders.js';
import type { AuditedClient } from '../../src/audit/personal.js';
import { theftWords } from '../../src/audit/theft-words.js';
import { verdictOf } from '../../src/audit/theft-label.js';
import { FamilyHistory, SECOND, type Held, type Presenting } from '../support/family-history.js';

const OWNER: AuditedClient = { ip: '192.0.2.1', user_agent: 'Firefox/144 Linux' };
const ELSEWHERE: AuditedClient = { ip: '198.51.100.7', user_agent: 'Firefox/144 Linux' };
const THIEF: AuditedClient = { ip: '203.0.113.9', user_agent: 'curl/8' };
const UNKNOWN: AuditedClient = { ip: null, user_agent: null };
const ERASED: AuditedClient = { ip: 'erased', user_agent: 'erased' };

/** A family and who did what in it. */
class Story {
  readonly history = new FamilyHistory();
  readonly #steps: FamilyStep[] = [];
  #key = 0;

  constructor(client = OWNER) {
    this.history.signIn({ tag: tagOf(client) });
    this.#note(client);
  }

  /** Shows a token; its successor, or the one that is valid then. */
  show(client: AuditedClient, held: Held = this.history.held, presenting: Presenting = {}): Held {
    this.history.wait(presenting.attempt === undefined ? SECOND : 0);
    this.history.present(held, { tag: tagOf(client), ...presenting });
    this.#note(client);
    return this.history.held;
  }

  /** With a key that nobody used before. */
  showWithKey(client: AuditedClient, held: Held = this.history.held): Held {
    this.#key += 1;
    return this.show(client, held, { attempt: `key ${this.#key}` });
  }

  get traced(): TracedFamily {
    const { sid } = this.history.family;
    return { userId: 'user', sid, family: this.history.family, steps: this.#steps };
  }

  get label(): string {
    return verdictOf(this.traced).label;
  }

  #note(client: AuditedClient): void {
    for (const event of this.history.events.slice(this.#steps.length))
      this.#steps.push({ event, occurredAt: this.history.now, client });
  }
}

function tagOf({ ip, user_agent: agent }: AuditedClient): string {
  return `${ip} ${agent}`;
}

describe('what a trace of theft is taken for', () => {
  it('an old token, after its successor was used: stolen, by any client', () => {
    for (const client of [OWNER, THIEF, UNKNOWN, ERASED]) {
      const story = new Story();
      const first = story.history.held;
      story.show(OWNER);
      story.show(OWNER);
      story.show(client, first);
      expect(verdictOf(story.traced)).toMatchObject({ label: 'stolen', generation: 0, presenter: client });
    }
  });

  it('the last token again, too late, by the client that made the successor: a lost response', () => {
    const story = new Story();
    const first = story.show(OWNER);
    story.show(OWNER);
    story.history.wait(60 * SECOND);
    story.show(OWNER, first);
    expect(verdictOf(story.traced)).toMatchObject({ label: 'lost_response', generation: 1 });
    for (const client of [THIEF, ELSEWHERE, UNKNOWN]) {
      const other = new Story();
      const stolen = other.show(OWNER);
      other.show(OWNER);
      other.history.wait(60 * SECOND);
      other.show(client, stolen);
      expect(other.label).toBe('stolen');
    }
  });

  it('the same token twice at once by one client, with two keys: a concurrent client', () => {
    const story = new Story();
    const first = story.history.held;
    story.showWithKey(OWNER);
    story.showWithKey(OWNER, first);
    expect(verdictOf(story.traced)).toMatchObject({ label: 'concurrent_client', generation: 0 });
    // In step, again and again: the second time within ten generations ends the session, and still is one client.
    const second = story.history.held;
    story.showWithKey(OWNER);
    story.showWithKey(OWNER, second);
    expect(story.history.typesOf().slice(-2)).toEqual(['TokenReuseDetected', 'TokenRevoked']);
    expect(story.label).toBe('concurrent_client');
  });

  it('the same token again some seconds later by one client, with another key: a lost response', () => {
    const story = new Story();
    const first = story.history.held;
    story.showWithKey(OWNER);
    story.history.wait(5 * SECOND);
    story.showWithKey(OWNER, first);
    expect(story.label).toBe('lost_response');
  });

  it('two in step who are not one: stolen, contested once or seen the second time', () => {
    const story = new Story();
    const first = story.history.held;
    story.show(OWNER);
    story.show(THIEF, first);
    expect(story.label).toBe('stolen');
    const second = story.history.held;
    story.show(THIEF);
    story.show(OWNER, second);
    expect(story.label).toBe('stolen');
  });

  it('one program in two networks: a phone on its way, unless the first one goes on too', () => {
    const moved = new Story();
    const first = moved.history.held;
    moved.show(OWNER);
    moved.show(ELSEWHERE, first);
    moved.show(ELSEWHERE);
    expect(moved.label).toBe('lost_response');
    const copied = new Story();
    const copy = copied.history.held;
    copied.show(OWNER);
    copied.show(ELSEWHERE, copy);
    copied.show(OWNER);
    expect(copied.label).toBe('stolen');
  });
});

describe('who held it', () => {
  it('names each with its generations, in ascending order, and when it was seen', () => {
    const story = new Story();
    const begin = story.history.now;
    const first = story.history.held;
    story.show(OWNER);
    story.show(THIEF, first);
    const end = story.history.now;
    expect(holdersOf(story.traced, verdictOf(story.traced))).toEqual([
      { ...OWNER, from: iso(begin), to: iso(begin + SECOND), generations: [0, 1] },
      { ...THIEF, from: iso(end), to: iso(end), generations: [0, 1] },
    ]);
  });

  it('a thief with the owner’s address and agent is a holder apart', () => {
    const story = new Story();
    const first = story.history.held;
    for (let renewal = 1; renewal <= 3; renewal += 1) story.show(OWNER);
    story.show(OWNER, first);
    const holders = holdersOf(story.traced, verdictOf(story.traced));
    expect(holders.map(({ generations }) => generations)).toEqual([[0, 1, 2, 3], [0]]);
  });

  it('one that came too late is one holder', () => {
    const story = new Story();
    const first = story.show(OWNER);
    story.show(OWNER);
    story.history.wait(60 * SECOND);
    story.show(OWNER, first);
    expect(holdersOf(story.traced, verdictOf(story.traced))).toHaveLength(1);
  });
});

describe('the words', () => {
  const theft = {
    user_id: 'user',
    session_id: 'session',
    detected_at: iso(0),
    generation: 0,
    exposed_from: iso(0),
    exposed_to: iso(3 * 3_600_000),
    holders: [{ ip: '192.0.2.1', user_agent: 'evil\u001b[2J\u202eagent', from: iso(0), to: iso(1), generations: [0, 1] }],
  };

  it('say how long a thief could act, or still can, and print nothing that a terminal obeys', () => {
    const words = theftWords({ ...theft, label: 'stolen' });
    expect(words).toContain('for 3 hours at most');
    expect(words).toContain('renewals 0 to 1');
    expect(words).not.toMatch(/[^\P{C}\n]/u);
    expect(theftWords({ ...theft, label: 'stolen', exposed_to: null })).toContain('still can');
    const none = theftWords({ ...theft, label: 'lost_response', exposed_from: null, exposed_to: null });
    expect(none).toContain('most likely no theft');
    expect(none).not.toContain('A thief can');
  });
});

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
