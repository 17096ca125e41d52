import { expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { chanceOf } from '../support/chance.js';
import { startChild } from '../support/child-process.js';
import { onServers, storesConfigOf } from '../support/every-back-end.js';
import { installationLog } from '../support/installation-log.js';
import { append, userHistory } from '../support/history-of-events.js';

// A process that is killed late must not have done all there is to do.
const BATCHES_OF_A_LIFE = onServers ? '1' : '2';

const own = installationLog();

it('G8: a projector that is killed at any point goes on where it was: no event twice, none left out', async () => {
  const histories = Array.from({ length: onServers ? 2 : 5 }, (_, user) =>
    userHistory([user, user + 3, 5, user * 5, 6, 3, 4]),
  );
  const events = await append(own.log, histories.flat());
  const last = events.at(-1)!.position;
  const config = JSON.stringify(await storesConfigOf(own.folder));
  await own.stores.close();
  const chance = chanceOf('kills of a projector');
  let kills = 0;
  for (let reached = ''; reached < last; kills += 1) {
    const child = startChild(new URL('../support/projecting-process.js', import.meta.url), config, BATCHES_OF_A_LIFE);
    await child.says('started');
    // Sometimes before a batch was handed over, sometimes while it is being applied, sometimes after.
    if (kills % 3 > 0) await child.says(kills % 3 === 1 ? 'applying' : 'applied');
    await sleep(chance() * 4);
    child.process.kill('SIGKILL');
    await child.ended;
    await own.open();
    const checkpoint = (await own.stores.readModel.checkpoint()) ?? '';
    const acknowledged = child
      .output()
      .match(/applied [\d/]+/g)
      ?.at(-1)
      ?.slice('applied '.length);
    expect(checkpoint >= (acknowledged ?? reached)).toBe(true);
    reached = checkpoint;
    // What is there now is what the log up to the checkpoint says; the live read model stays for the next life. MongoDB stores the
    // documents of a batch before its checkpoint, so there it is so at the end. Before its first batch it owes all of the own.log.
    if (reached !== '' && (!onServers || reached >= last)) expect(await own.differences(true)).toEqual([]);
    await own.stores.close();
  }
  expect(kills).toBeGreaterThan(5);
  await own.open();
}, 300_000);
