/** The operator's tool, which says at its end how much memory it took at most. */
process.on('exit', () => process.stderr.write(`peak ${process.resourceUsage().maxRSS * 1024}`));
await import('../../bin/tokenledger.js');
