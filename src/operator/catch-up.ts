import type { EventLog } from '../event-store/event-log.js';
import { CheckpointTakenError, lastEventOf, taken } from '../processors/processor.js';
import { Projector } from '../processors/projector.js';
import type { ReadModel } from '../read-model/read-model.js';

const PAGE = 500;

/**
 * Brings the read model to the end of the log, where no server does it. Rejects as the stores do, and as the projector does for an
 * event that cannot be applied.
 */
export async function catchUp(eventLog: Pick<EventLog, 'readAll'>, readModel: ReadModel): Promise<void> {
  for (;;) {
    try {
      await projectToEnd(eventLog, readModel);
      return;
    } catch (error) {
      // An instance elsewhere projects as well: go on from where it has come to.
      if (!(error instanceof CheckpointTakenError)) throw error;
    }
  }
}

async function projectToEnd(eventLog: Pick<EventLog, 'readAll'>, readModel: ReadModel): Promise<void> {
  const projector = new Projector(readModel);
  let { after, lastEvent } = await projector.from();
  for (;;) {
    const { events, position, isEnd } = await eventLog.readAll({ ...(after === null ? {} : { after }), maxCount: PAGE });
    lastEvent = lastEventOf(events) ?? lastEvent;
    if (position > (after ?? '')) await projector.handle({ events: taken(events, projector.takes), position, lastEvent });
    if (isEnd) return;
    after = position;
  }
}
