/** The operator's tool, which says at its end how much memory and processor time it took. */
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write(`peak ${maxRSS * 1024} cpu ${userCPUTime + systemCPUTime}`);
});
await import('../../bin/tokenledger.js');
