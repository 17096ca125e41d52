export { command } from './audit-archive.js';
