/** What visitors and developers ask for now and then: loaded when they do, and not by every page that is served. */
export { explain } from './explain.ts';
export { exportData, storedData } from './export-data.ts';
export { forget } from './forget.ts';
export { parseForgetRequest } from './parse-forget-request.ts';
export { parseRollbackRequest, versionsStatus } from './versions/version-requests.ts';
