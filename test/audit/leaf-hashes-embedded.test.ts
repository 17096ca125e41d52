import { openTestLeafHashes } from '../support/leaf-hashes.js';
import { leafHashesContract } from '../contract/leaf-hashes.js';

leafHashesContract('embedded', () => Promise.resolve(openTestLeafHashes()));
