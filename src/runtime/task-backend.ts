import type { ComputeBackend } from '../compute/compute.ts';
import { expectedSpec } from '../learners/fresh-learner.ts';
import type { ParsedTask } from '../learners/task-schema.ts';
import type { TendrilError } from '../errors.ts';
import type { BackendStatus } from '../protocol/messages.ts';
import type { Backends, ChosenBackend } from './backends.ts';
import type { ModelHost } from './model-host.ts';

/** Which backend one task's model runs on: the first, the measured one, and another after a failure. */
export class TaskBackend {
  readonly #backends: Backends;
  readonly #onChange: (status: BackendStatus) => void;
  #chosen: ChosenBackend;

  private constructor(backends: Backends, chosen: ChosenBackend, onChange: (status: BackendStatus) => void) {
    this.#backends = backends;
    this.#chosen = chosen;
    this.#onChange = onChange;
  }

  static async first(
    task: ParsedTask,
    backends: Backends,
    onChange: (status: BackendStatus) => void,
  ): Promise<TaskBackend> {
    const spec = expectedSpec(task);
    return new TaskBackend(backends, spec ? await backends.first(spec) : await backends.host(), onChange);
  }

  get backend(): ComputeBackend {
    return this.#chosen.backend;
  }

  get status(): BackendStatus {
    return this.#chosen.status;
  }

  /** Measures, unless the choice is settled, and moves the model to the fastest. */
  async settle(host: ModelHost, onError: (error: TendrilError | Error) => void): Promise<void> {
    this.#watch(host, onError);
    if (this.status.settled) return;
    const { network } = (await host.snapshot()).model;
    if (!network) return;
    const chosen = await this.#backends.measure(network.spec, network.state);
    await host.moveTo(chosen.backend);
    this.#use(chosen);
    this.#watch(host, onError);
  }

  #use(chosen: ChosenBackend): void {
    this.#chosen = chosen;
    this.#onChange(chosen.status);
  }

  /** A lost device takes the weights with it: the model comes back from its last checkpoint and the log. */
  #watch(host: ModelHost, onError: (error: TendrilError | Error) => void): void {
    const watched = this.backend;
    void watched.lost.then(async (reason) => {
      if (watched !== this.backend) return;
      try {
        this.#use(await this.#backends.fallback(watched.name, reason));
        await host.load(this.backend);
        await host.drain();
      } catch (caught) {
        onError(caught instanceof Error ? caught : new Error(String(caught)));
      }
    });
  }
}
