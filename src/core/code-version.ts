/** Of this code, as in package.json: what made a version is written into it. */
export const CODE_VERSION = '0.1.0';
