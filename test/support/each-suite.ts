/** Runs in each suite before its tests are read (`setupFilesAfterEnv`). */
import { afterAll } from '@jest/globals';
import { beginSuite, endSuite } from './kept-writer.js';

beginSuite();
afterAll(endSuite);
