/** The operator's and auditor's tool: `npx tokenledger <command>`, started by bin/tokenledger.js. */
import { runTool } from './cli/run.js';
import { COMMANDS } from './registry.js';

// The reader of a pipe may have seen enough (`| head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`The output cannot be written: ${error.message}\n`);
  process.exit(1);
});

const { env: environment, stdout, stderr } = process;
process.exitCode = await runTool(COMMANDS, process.argv.slice(2), { environment, stdout, stderr });
