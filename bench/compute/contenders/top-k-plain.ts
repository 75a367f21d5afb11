import { serve } from './serve.ts';
import { TopKContender } from './top-k-contender.ts';

/** What one writes in a few lines: all inner products, then the best by insertion into a short list. */
class Plain extends TopKContender {
  #rows = new Float32Array(0);

  protected async hold(rows: Float32Array<ArrayBuffer>): Promise<void> {
    this.#rows = rows;
  }

  protected async best(query: Float32Array, k: number): Promise<number[]> {
    return bestOf(scoresOf(this.#rows, query), k);
  }

  async close(): Promise<void> {
    this.#rows = new Float32Array(0);
  }
}

function scoresOf(rows: Float32Array, query: Float32Array): Float32Array {
  const features = query.length;
  const scores = new Float32Array(rows.length / features);
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    for (let i = 0; i < features; i++) sum += query[i]! * rows[row * features + i]!;
    scores[row] = sum;
  }
  return scores;
}

function bestOf(scores: Float32Array, k: number): number[] {
  const best: number[] = [];
  for (let slot = 0; slot < scores.length; slot++) {
    if (best.length === k && scores[slot]! <= scores[best[k - 1]!]!) continue;
    const place = best.findIndex((other) => scores[other]! < scores[slot]!);
    best.splice(place < 0 ? best.length : place, 0, slot);
    if (best.length > k) best.pop();
  }
  return best;
}

serve(new Plain());
