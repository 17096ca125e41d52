/** The bare rate of verifying passwords, with the parameters of tokenledger and as many in flight as its argument says. */
import { hash, verify } from '@node-rs/argon2';
import { answerLines } from '../lib/lines.js';

const PASSWORD = 'a long password for the bench';
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const inFlight = Number(process.argv[2]);
const hashed = await hash(PASSWORD, PARAMETERS);

await answerLines(async ({ milliseconds }) => {
  const begin = performance.now();
  let done = 0;
  const worker = async () => {
    while (performance.now() - begin < milliseconds) {
      if (!(await verify(hashed, PASSWORD))) throw new Error('the password is right');
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { rate: done / ((performance.now() - begin) / 1000) };
});
