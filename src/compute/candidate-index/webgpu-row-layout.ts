import { integers, type FusedProgram } from '../webgpu/programs.ts';

/**
 * Rows lie in groups of 64, in each of which the first 16 bytes of every row come first, then the next 16: the 64 threads that score them, one a row,
 * read one kilobyte side by side at each step. `width` is the number of such steps.
 */
export const rowsOfGroup = 64;
/** Groups of one workgroup of the scoring program: each thread has a row in each, so that a number of the query is read once for four rows. */
export const groupsAtOnce = 4;
/** What a slot scores that has no row; every true score is above. */
export const noScore = -3.4e38;

/** Puts rows [rows, width] into their places of a chunk; one thread for 16 bytes. */
export const scatterRows: FusedProgram = {
  key: 'candidates_scatter',
  inputs: ['staged', 'places'],
  vectors: ['staged', 'result'],
  uniforms: integers('rows', 'width'),
  code: `

    if (index >= uniforms.rows * uniforms.width) { return; }
    let place = places[index / uniforms.width];
    let step = index % uniforms.width;
    result[(place / ${rowsOfGroup} * uniforms.width + step) * ${rowsOfGroup} + place % ${rowsOfGroup}] = staged[index];`,
};
