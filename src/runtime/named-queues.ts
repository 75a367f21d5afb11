import { SerialQueue } from '../core/serial-queue.ts';

/** Runs jobs of one name one after another: what a lock does, where only this worker could hold it. */
export class NamedQueues {
  readonly #queues = new Map<string, SerialQueue>();

  run<T>(name: string, job: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(name) ?? new SerialQueue();
    this.#queues.set(name, queue);
    return queue.run(job);
  }
}
