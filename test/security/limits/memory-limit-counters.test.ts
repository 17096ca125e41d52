import { MemoryLimitCounters } from '../../../src/security/limits/memory-limit-counters.js';
import { limitCountersContract } from '../../contract/limit-counters.js';

limitCountersContract('memory', () => {
  const counters = new MemoryLimitCounters();
  return Promise.resolve({ counters, elsewhere: counters, close: () => Promise.resolve() });
});
