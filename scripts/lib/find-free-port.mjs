import { createServer } from 'node:net';

const host = '127.0.0.1';
const attempts = 100;

/**
 * @param {number} first
 * @returns {Promise<number>} the first port from `first` on that nobody listens on
 */
export async function findFreePort(first) {
  if (!Number.isInteger(first) || first < 1 || first > 65_535) throw new RangeError(`PORT is not a port: ${first}`);
  for (let port = first; port < first + attempts && port <= 65_535; port++) if (await isFree(port)) return port;
  throw new Error(`No free port from ${first} on.`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen({ port, host, exclusive: true }, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
