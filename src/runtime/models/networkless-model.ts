import type { PartState } from '../../core/part-state.ts';
import type { ModelState } from '../../learners/model-state.ts';
import { Model } from './model.ts';

/** What the models without a network share: they run in typed arrays, on no backend of choice. */
export abstract class NetworklessModel extends Model {
  readonly classes: readonly string[] = [];
  readonly backend = null;

  /** For models whose state is quickly copied. */
  get parameterCount(): number {
    return Object.values(this.parts()).reduce(
      (total, { tensors }) => total + Object.values(tensors).reduce((sum, { length }) => sum + length, 0),
      0,
    );
  }

  protected async state(): Promise<ModelState> {
    return { features: this.encoder.state(), classes: [], network: null, parts: this.parts() };
  }

  /** The states of its parts, by name. */
  protected abstract parts(): Readonly<Record<string, PartState>>;

  /** Windows, series and questions are what a visitor did; without them nothing of use is left. */
  async publishable(): Promise<null> {
    return null;
  }

  protected replayState(): null {
    return null;
  }

  async moveTo(): Promise<void> {
    // There is nothing to move.
  }

  dispose(): void {
    // There is nothing to give back.
  }
}
