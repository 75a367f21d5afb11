import { integers, type FusedProgram } from '../webgpu/programs.ts';
import { list } from '../webgpu/wgsl.ts';
import type { CandidateStorage } from './candidate-index.ts';
import { groupsAtOnce, noScore, rowsOfGroup } from './webgpu-row-layout.ts';

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
    list(count, (i) => `let ${name}_${i} = queries[${place} + ${i}];`);
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
export function scoreRows(storage: CandidateStorage | 'int8-unpacked', queries: number): FusedProgram {
  const { sum, unpack, load, add, total } = products[storage];
  const isCoded = storage === 'int8' || storage === 'int8-unpacked';
  const forQueries = (code: (query: number) => string): string => list(queries, code);
  const forRows = (code: (row: number) => string): string => list(groupsAtOnce, code);
  return {
    key: `candidates_score_${storage}_${queries}`,
    inputs: ['rows', 'queries', 'taken', ...(isCoded ? ['scales'] : [])],
    vectors: ['rows', 'queries'],
    uniforms: integers('firstSlot', 'width', 'capacity'),
    declarations: `
    fn give(query : i32, slot : i32, score : f32) {
      let isTaken = ((taken[slot >> 5u] >> u32(slot & 31)) & 1) == 1;
      // Nothing is -0: it would be ordered below 0.
      result[query * uniforms.capacity + slot] = select(${noScore}, select(score, 0.0, score == 0.0), isTaken);
    }`,
    code: `
      let stride = uniforms.width * ${rowsOfGroup};
      var place = group * ${groupsAtOnce} * stride + local;
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
      let slot = uniforms.firstSlot + group * ${groupsAtOnce * rowsOfGroup} + local;
      ${forRows((r) => {
        const at = `slot + ${r * rowsOfGroup}`;
        return forQueries((q) => `give(${q}, ${at}, ${total(`sum${r}_${q}`)}${isCoded ? ` * scales[${at}]` : ''});`);
      })}`,
  };
}
