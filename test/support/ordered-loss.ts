/** To a worker on a device that is lost when it is told to. */
export interface LossOrder {
  /** Submissions from now on after which the device is destroyed; 0 for at once, null for never. */
  readonly after: number | null;
}

/** Its answer. */
export interface LossReport {
  /** So far. */
  readonly submissions: number;
}

/** @param name of the channel, as in the worker's own name, `armed:NAME` */
export function orderLoss(name: string, order: LossOrder): Promise<LossReport> {
  const channel = new BroadcastChannel(name);
  return new Promise((resolve) => {
    channel.onmessage = ({ data }: MessageEvent<LossReport>) => {
      channel.close();
      resolve(data);
    };
    channel.postMessage(order);
  });
}
