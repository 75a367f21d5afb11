/** What visitors and developers ask for now and then: loaded when they do, and not by every page that is served. */
export { explain } from './explain.ts';
export { exportData, storedData } from './export-data.ts';
export { forget, parseForgetRequest } from './forget.ts';
export { parseRollbackRequest, versionsStatus } from './versions/version-requests.ts';
