import { streamName } from '../../dist/src/domain/streams.js';

const CONTESTED_ONE_IN = 10;

/** What must hold over all events of token families, taken in the order of the log. */
export class FamilyChecks {
  #ledger;
  /** By stream: the revision of its newest event, and which family lives there. */
  #streams = new Map();
  /** By session id: generation, whether it has ended, contested generations. */
  #families = new Map();
  rotations = 0;
  reuses = 0;

  constructor(ledger) {
    this.#ledger = ledger;
  }

  get count() {
    return this.#families.size;
  }

  take({ stream, revision, event }) {
    const name = streamName(stream);
    const before = this.#streams.get(name);
    if (revision !== (before?.revision ?? -1) + 1)
      this.#violation('G7', `${name} goes on at revision ${revision} after ${before?.revision}`);
    this.#streams.set(name, { revision, sid: before?.sid });
    if (stream.kind === 'token') this.#takeOfFamily(name, event, before?.sid);
  }

  /** Families that clients have seen ended must have no life in the log that goes on after their end. */
  end() {
    for (const sid of this.#ledger.endedSids)
      if (!this.#families.has(sid)) this.#violation('G7', `family ${sid} was answered, and is not in the log`);
  }

  #takeOfFamily(name, { type, data }, livingSid) {
    const { sid, generation } = data.family;
    if (type === 'TokenIssued') {
      const former = this.#families.get(livingSid);
      if (former !== undefined && !former.hasEnded && former.epoch === data.family.epoch)
        this.#violation('G5', `${name} has two families at once`);
      this.#families.set(sid, { generation: 0, hasEnded: false, contested: 0, epoch: data.family.epoch, expiries: 0 });
      this.#streams.get(name).sid = sid;
      return;
    }
    const family = this.#families.get(sid);
    if (family === undefined) this.#violation('G5', `${name} goes on with a family that never began`);
    else this.#takeNext(type, data, { family, sid, generation });
  }

  #takeNext(type, data, { family, sid, generation }) {
    if (type === 'TokenRotated') {
      this.rotations += 1;
      if (family.hasEnded) this.#violation('G4', `family ${sid} was rotated after its end`);
      if (generation !== family.generation + 1)
        this.#violation('G1', `family ${sid} goes from generation ${family.generation} to ${generation}`);
      Object.assign(family, { generation, epoch: data.family.epoch });
    } else if (type === 'TokenRedelivered' && data.contested) {
      family.contested += 1;
      if (family.contested > 8 * (1 + family.generation / CONTESTED_ONE_IN))
        this.#violation('G3', `family ${sid} was contested in more than one generation of ten`);
    } else if (type === 'TokenReuseDetected') {
      this.reuses += 1;
    } else if (type === 'TokenRevoked' || type === 'TokenExpired') {
      if (type === 'TokenExpired' && (family.expiries += 1) > 1) this.#violation('G11', `family ${sid} expired twice`);
      family.hasEnded = true;
    }
  }

  #violation(guarantee, what) {
    this.#ledger.violation(guarantee, what);
  }
}
