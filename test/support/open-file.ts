/** A program: opens the SQLite file it is given, says whether it could, and holds it until killed. */
import { SqliteFile } from '../../src/adapters/sqlite/sqlite-file.js';
import { SQLITE_TEST_JOBS } from './sqlite-jobs.js';

const [file] = process.argv.slice(2);
try {
  await SqliteFile.open(file!, { jobs: [SQLITE_TEST_JOBS] });
  process.stdout.write('opened\n');
} catch (error) {
  process.stdout.write(`${String(error)}\n`);
}
