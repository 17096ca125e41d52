// Tries `verify` of the guide with each line of a file. The guide's code is put beside this file.
import { readFileSync } from 'node:fs';

const { verify } = await import(new URL('verify.mjs', import.meta.url).href);

for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\n')) {
  const [wanted, why, token] = line.split('\t');
  const found = await verify(token).then(
    (claims) => (claims.sub ? 'accept' : 'nothing'),
    () => 'refuse',
  );
  if (found !== wanted) {
    console.error(`a token ${why}: ${found}`);
    process.exitCode = 1;
  }
}
