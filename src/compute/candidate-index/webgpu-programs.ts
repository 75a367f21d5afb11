import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu/dist/webgpu_program.js';
import type { CandidateStorage } from './candidate-index.ts';

/**
 * Rows lie in groups of 64, in each of which the first 16 bytes of every row come first, then the next 16: the 64 threads that score them, one a row,
 * read one kilobyte side by side at each step. `width` is the number of such steps.
 */
export const rowsOfGroup = 64;
/** Groups of one workgroup of the scoring program: each thread has a row in each, so that a number of the query is read once for four rows. */
export const groupsAtOnce = 4;
/** What a slot scores that has no row; every true score is above. */
export const noScore = -3.4e38;
/** Threads that choose the best groups of one query. */
const choosers = 256;

interface Source {
  readonly key: string;
  readonly inputs: readonly { readonly name: string; readonly components: 1 | 4 }[];
  readonly outputComponents?: 4;
  /** Integers, in the order in which they are given. */
  readonly uniforms: readonly string[];
  readonly threads?: number;
  readonly code: string;
}

/** A fresh program for one run: tfjs writes into it. @param length of the output @param groups workgroups to dispatch */
export function program(source: Source, length: number, groups: number): WebGPUProgram {
  const { key, inputs, uniforms, threads = rowsOfGroup, code, outputComponents } = source;
  return {
    variableNames: inputs.map(({ name }) => name),
    variableComponents: inputs.map(({ components }) => components),
    ...(outputComponents ? { outputComponent: outputComponents } : {}),
    uniforms: uniforms.map((name) => `${name} : i32, `).join(''),
    shaderKey: `tendril_candidates_${key}`,
    outputShape: [length],
    workgroupSize: [threads, 1, 1],
    dispatchLayout: { x: [0] },
    dispatch: [groups, 1, 1],
    getUserCode: () => code,
  };
}

/** Puts rows [rows, width] into their places of a chunk; one thread for 16 bytes. */
export const scatterRows: Source = {
  key: 'scatter',
  inputs: [
    { name: 'staged', components: 4 },
    { name: 'places', components: 1 },
  ],
  outputComponents: 4,
  uniforms: ['rows', 'width'],
  code: `
    fn main(index : i32) {
      if (index >= uniforms.rows * uniforms.width) { return; }
      let place = places[index / uniforms.width];
      let step = index % uniforms.width;
      result[(place / ${rowsOfGroup} * uniforms.width + step) * ${rowsOfGroup} + place % ${rowsOfGroup}] = staged[index];
    }`,
};

/** How one query meets 16 bytes of a row. */
interface Product {
  /** Type of a sum. */
  readonly sum: string;
  /** Vectors of four numbers that a query has for them. */
  readonly queryVectors: number;
  /** Makes `row` of `word`. */
  readonly unpack: string;
  /** Reads what a query has there; `name` and numbers. */
  readonly load: (name: string, place: string) => string;
  readonly add: (sum: string, query: string) => string;
  readonly total: (sum: string) => string;
}

const loads =
  (count: number) =>
  (name: string, place: string): string =>
    repeat(count, (i) => `let ${name}_${i} = queries[${place} + ${i}];`);
const sumOfFour = (sum: string): string => `(${sum}.x + ${sum}.y + (${sum}.z + ${sum}.w))`;
const bytes = [0, 1, 2, 3] as const;

const products: Record<CandidateStorage | 'int8-unpacked', Product> = {
  float32: {
    sum: 'vec4<f32>',
    queryVectors: 1,
    unpack: 'let row = bitcast<vec4<f32>>(word);',
    load: loads(1),
    add: (sum, query) => `${sum} += row * ${query}_0;`,
    total: sumOfFour,
  },
  float16: {
    sum: 'vec4<f32>',
    queryVectors: 2,
    unpack: `
        let bits = bitcast<vec4<u32>>(word);
        let row = vec4<f32>(unpack2x16float(bits.x), unpack2x16float(bits.y));
        let rest = vec4<f32>(unpack2x16float(bits.z), unpack2x16float(bits.w));`,
    load: loads(2),
    add: (sum, query) => `${sum} += row * ${query}_0; ${sum} += rest * ${query}_1;`,
    total: sumOfFour,
  },
  int8: {
    sum: 'i32',
    queryVectors: 1,
    unpack: 'let row = bitcast<vec4<u32>>(word);',
    load: (name, place) => `let ${name} = bitcast<vec4<u32>>(queries[${place}]);`,
    add: (sum, query) =>
      `${sum} += ${['x', 'y', 'z', 'w'].map((part) => `dot4I8Packed(row.${part}, ${query}.${part})`).join(' + ')};`,
    total: (sum) => `f32(${sum})`,
  },
  'int8-unpacked': {
    sum: 'vec4<i32>',
    queryVectors: 4,
    unpack: bytes.map((byte) => `let row${byte} = extractBits(word, ${8 * byte}u, 8u);`).join('\n'),
    load: loads(4),
    add: (sum, query) => bytes.map((byte) => `${sum} += row${byte} * ${query}_${byte};`).join('\n'),
    total: (sum) => `f32${sumOfFour(sum)}`,
  },
};

/** Vectors of four numbers that a query has for 16 bytes of a row. */
export function queryVectors(storage: CandidateStorage | 'int8-unpacked'): number {
  return products[storage].queryVectors;
}

/**
 * Scores of one chunk's rows for `queries` queries at once, [queries, capacity]; one thread a row.
 * Inputs: rows, queries, the bits of taken slots and, for int8, the rows' scales.
 */
export function scoreRows(storage: CandidateStorage | 'int8-unpacked', queries: number): Source {
  const { sum, unpack, load, add, total } = products[storage];
  const isCoded = storage === 'int8' || storage === 'int8-unpacked';
  const forQueries = (code: (query: number) => string): string => repeat(queries, code);
  const forRows = (code: (row: number) => string): string => repeat(groupsAtOnce, code);
  return {
    key: `score_${storage}_${queries}`,
    inputs: [
      { name: 'rows', components: 4 },
      { name: 'queries', components: 4 },
      { name: 'taken', components: 1 },
      ...(isCoded ? [{ name: 'scales', components: 1 } as const] : []),
    ],
    uniforms: ['firstSlot', 'width', 'capacity'],
    code: `
    fn give(query : i32, slot : i32, score : f32) {
      let isTaken = ((taken[slot >> 5u] >> u32(slot & 31)) & 1) == 1;
      // Nothing is -0: it would be ordered below 0.
      result[query * uniforms.capacity + slot] = select(${noScore}, select(score, 0.0, score == 0.0), isTaken);
    }

    fn main(index : i32) {
      let stride = uniforms.width * ${rowsOfGroup};
      var place = i32(workgroupId.x) * ${groupsAtOnce} * stride + i32(localIndex);
      ${forRows((r) => forQueries((q) => `var sum${r}_${q} = ${sum}();`))}
      for (var step = 0; step < uniforms.width; step++) {
        ${forQueries((q) => load(`query${q}`, `(${q} * uniforms.width + step) * ${products[storage].queryVectors}`))}
        ${forRows(
          (r) => `{
        let word = rows[place + ${r} * stride];
        ${unpack}
        ${forQueries((q) => add(`sum${r}_${q}`, `query${q}`))}
        }`,
        )}
        place += ${rowsOfGroup};
      }
      let slot = uniforms.firstSlot + i32(workgroupId.x) * ${groupsAtOnce * rowsOfGroup} + i32(localIndex);
      ${forRows((r) => {
        const at = `slot + ${r * rowsOfGroup}`;
        return forQueries((q) => `give(${q}, ${at}, ${total(`sum${r}_${q}`)}${isCoded ? ` * scales[${at}]` : ''});`);
      })}
    }`,
  };
}

function repeat(times: number, code: (index: number) => string): string {
  return Array.from({ length: times }, (_, index) => code(index)).join('\n');
}

/** The largest score of each group; one thread a group, for all queries together. */
export const groupMaxima: Source = {
  key: 'maxima',
  inputs: [{ name: 'scores', components: 4 }],
  uniforms: ['groups'],
  code: `
    fn main(index : i32) {
      if (index >= uniforms.groups) { return; }
      var most = scores[index * ${rowsOfGroup / 4}];
      for (var step = 1; step < ${rowsOfGroup / 4}; step++) { most = max(most, scores[index * ${rowsOfGroup / 4} + step]); }
      result[index] = max(max(most.x, most.y), max(most.z, most.w));
    }`,
};

/**
 * The k best groups of each query by their largest scores, of equal ones the first, with all their scores: the k best rows are among them. One workgroup a
 * query: four rounds of radix selection by the 8-bit digits of the k-th largest, then a stable compaction.
 * Output, from `queryOffset` on: for each query k numbers of groups (not in order), then [k, 64] scores as bits.
 */
export const chooseGroups: Source = {
  key: 'choose',
  inputs: [
    { name: 'maxima', components: 1 },
    { name: 'scores', components: 1 },
  ],
  uniforms: ['groups', 'k', 'capacity', 'queryOffset'],
  threads: choosers,
  code: `
    var<workgroup> histogram : array<atomic<u32>, 256>;
    var<workgroup> larger : array<i32, ${choosers}>;
    var<workgroup> equal : array<i32, ${choosers}>;
    var<workgroup> chosen : vec2<u32>;

    // Ascending with the number.
    fn keyOf(number : f32) -> u32 {
      let bits = bitcast<u32>(number);
      return select(~bits, bits | 0x80000000u, bits < 0x80000000u);
    }

    fn main(index : i32) {
      let thread = i32(localIndex);
      let query = i32(workgroupId.x);
      let start = query * (uniforms.capacity / ${rowsOfGroup});
      var prefix = 0u;
      var mask = 0u;
      // How many groups with the prefix that is known are to be taken.
      var wanted = u32(uniforms.k);
      for (var digit = 0u; digit < 4u; digit++) {
        let shift = 24u - 8u * digit;
        atomicStore(&histogram[thread], 0u);
        workgroupBarrier();
        for (var i = thread; i < uniforms.groups; i += ${choosers}) {
          let key = keyOf(maxima[start + i]);
          if ((key & mask) == prefix) { atomicAdd(&histogram[(key >> shift) & 255u], 1u); }
        }
        workgroupBarrier();
        if (thread == 0) {
          var bucket = 255u;
          var rest = wanted;
          loop {
            let here = atomicLoad(&histogram[bucket]);
            if (here >= rest || bucket == 0u) { break; }
            rest -= here;
            bucket -= 1u;
          }
          chosen = vec2<u32>(bucket, rest);
        }
        let found = workgroupUniformLoad(&chosen);
        prefix |= found.x << shift;
        mask |= 255u << shift;
        wanted = found.y;
      }
      let share = (uniforms.groups + ${choosers - 1}) / ${choosers};
      let first = thread * share;
      let end = min(first + share, uniforms.groups);
      var more = 0;
      var same = 0;
      for (var i = first; i < end; i++) {
        let key = keyOf(maxima[start + i]);
        more += select(0, 1, key > prefix);
        same += select(0, 1, key == prefix);
      }
      larger[thread] = more;
      equal[thread] = same;
      workgroupBarrier();
      if (thread == 0) {
        more = 0;
        same = 0;
        for (var i = 0; i < ${choosers}; i++) {
          let larger_here = larger[i];
          larger[i] = more;
          more += larger_here;
          let equal_here = equal[i];
          equal[i] = same;
          same += equal_here;
        }
      }
      workgroupBarrier();
      let base = (uniforms.queryOffset + query) * uniforms.k * ${rowsOfGroup + 1};
      var place = larger[thread];
      var rank = equal[thread];
      for (var i = first; i < end; i++) {
        let key = keyOf(maxima[start + i]);
        if (key > prefix) {
          result[base + place] = i;
          place++;
        }
        if (key == prefix) {
          if (rank < i32(wanted)) { result[base + uniforms.k - i32(wanted) + rank] = i; }
          rank++;
        }
      }
      storageBarrier();
      for (var i = thread; i < uniforms.k * ${rowsOfGroup}; i += ${choosers}) {
        let slot = result[base + i / ${rowsOfGroup}] * ${rowsOfGroup} + i % ${rowsOfGroup};
        result[base + uniforms.k + i] = bitcast<i32>(scores[query * uniforms.capacity + slot]);
      }
    }`,
};
