/** Purposes of the TCF 2.x: 1 store or access information on a device, 5 and 6 make and use a profile to personalise content. */
const PURPOSES = [1, 5, 6] as const;

interface TcData {
  readonly gdprApplies?: unknown;
  readonly eventStatus?: unknown;
  readonly purpose?: { readonly consents?: Readonly<Record<number, unknown>> };
}
type TcfApi = (
  command: 'addEventListener',
  version: 2,
  callback: (data: TcData | null, success: boolean) => void,
) => void;

/**
 * Follows a consent manager of the IAB Transparency and Consent Framework (TCF 2.x, "CMP API v2": `__tcfapi`). The framework has the manager's stub in the
 * page before other scripts; where it is not there yet, it is looked for once more when the page has loaded.
 * @param onAnswer what the visitor has chosen, at once where that is known, and at every change
 */
export function followTcf(onAnswer: (granted: boolean) => void): void {
  const follow = (): boolean => {
    const { __tcfapi: api } = globalThis as { __tcfapi?: TcfApi };
    if (typeof api !== 'function') return false;
    api('addEventListener', 2, (data, success) => {
      // While the visitor is being asked nothing is known.
      if (!success || !data || data.eventStatus === 'cmpuishown') return;
      onAnswer(data.gdprApplies === false || PURPOSES.every((purpose) => data.purpose?.consents?.[purpose] === true));
    });
    return true;
  };
  if (!follow()) addEventListener('load', follow, { once: true });
}
