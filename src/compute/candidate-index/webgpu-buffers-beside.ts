import { createResidentBuffer, type ResidentBuffer } from '../webgpu/resident-buffer.ts';
import type { WebGpuTensors } from '../webgpu/tensors.ts';
import { rowsOfGroup } from './webgpu-row-layout.ts';

/** Queries of one pass over the rows. */
export const passQueries = 4;

/** What an index has beside its rows. */
export interface BuffersBeside {
  /** Slots that there is room for. */
  readonly capacity: number;
  /** One bit a slot. */
  readonly taken: ResidentBuffer;
  /** Where rows have a scale each. */
  readonly scales: ResidentBuffer | undefined;
  /** Work space: [passQueries, capacity], and a 64th of that. */
  readonly scores: ResidentBuffer;
  readonly maxima: ResidentBuffer;
}

/** @throws COMPUTE_FAILED where the device has no memory for all of them; it then holds none */
export async function createBuffersBeside(
  tensors: WebGpuTensors,
  capacity: number,
  hasScales: boolean,
): Promise<BuffersBeside> {
  const made: ResidentBuffer[] = [];
  const create = async (length: number, dtype: 'int32' | 'float32'): Promise<ResidentBuffer> => {
    const buffer = await createResidentBuffer(tensors, length, dtype);
    made.push(buffer);
    return buffer;
  };
  try {
    return {
      capacity,
      taken: await create(capacity / 32, 'int32'),
      scales: hasScales ? await create(capacity, 'float32') : undefined,
      scores: await create(passQueries * capacity, 'float32'),
      maxima: await create((passQueries * capacity) / rowsOfGroup, 'float32'),
    };
  } catch (caught) {
    for (const buffer of made) buffer.destroy();
    throw caught;
  }
}

export function destroyBuffersBeside(beside: BuffersBeside | undefined): void {
  for (const buffer of buffersOf(beside)) buffer.destroy();
}

export function bytesBeside(beside: BuffersBeside | undefined): number {
  return buffersOf(beside).reduce((sum, { bytes }) => sum + bytes, 0);
}

function buffersOf(beside: BuffersBeside | undefined): ResidentBuffer[] {
  if (!beside) return [];
  const { taken, scales, scores, maxima } = beside;
  return [taken, scores, maxima, ...(scales ? [scales] : [])];
}
