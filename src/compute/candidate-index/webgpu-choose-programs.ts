import { integers, type FusedProgram } from '../webgpu/programs.ts';
import { rowsOfGroup } from './webgpu-row-layout.ts';

/** Threads that choose the best groups of one query. */
const choosers = 256;

/** The largest score of each group; one thread a group, for all queries together. */
export const groupMaxima: FusedProgram = {
  key: 'candidates_maxima',
  inputs: ['scores'],
  vectors: ['scores'],
  uniforms: integers('groups'),
  code: `
      if (index >= uniforms.groups) { return; }
      var most = scores[index * ${rowsOfGroup / 4}];
      for (var step = 1; step < ${rowsOfGroup / 4}; step++) { most = max(most, scores[index * ${rowsOfGroup / 4} + step]); }
      result[index] = max(max(most.x, most.y), max(most.z, most.w));`,
};

/**
 * The k best groups of each query by their largest scores, of equal ones the first, with all their scores: the k best rows are among them. One workgroup a
 * query: four rounds of radix selection by the 8-bit digits of the k-th largest, then a stable compaction.
 * Output, from `queryOffset` on: for each query k numbers of groups (not in order), then [k, 64] scores as bits.
 */
export const chooseGroups: FusedProgram = {
  key: 'candidates_choose',
  inputs: ['maxima', 'scores'],
  uniforms: integers('groups', 'k', 'capacity', 'queryOffset'),
  workgroupSize: choosers,
  declarations: `
    var<workgroup> histogram : array<atomic<u32>, 256>;
    var<workgroup> larger : array<i32, ${choosers}>;
    var<workgroup> equal : array<i32, ${choosers}>;
    var<workgroup> chosen : vec2<u32>;

    // Ascending with the number.
    fn keyOf(number : f32) -> u32 {
      let bits = bitcast<u32>(number);
      return select(~bits, bits | 0x80000000u, bits < 0x80000000u);
    }`,
  code: `
      let thread = local;
      let query = group;
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
      }`,
};
