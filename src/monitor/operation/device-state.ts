import * as v from 'valibot';
import { finite, wholeNumber } from '../outcome/parse-state.ts';

const share = v.pipe(finite, v.minValue(0), v.maxValue(1));

/** What the page could find out about the device; null for what it could not. Plain data: nothing is looked up here. */
export const deviceHints = v.strictObject({
  /** As the host judges it. */
  deviceClass: v.nullable(v.picklist(['low', 'middle', 'high'])),
  cores: v.nullable(wholeNumber),
  memoryGb: v.nullable(v.pipe(finite, v.minValue(0))),
  /** In [0, 1]. */
  batteryLevel: v.nullable(share),
  charging: v.nullable(v.boolean()),
  saveData: v.nullable(v.boolean()),
});
export type DeviceHints = v.InferOutput<typeof deviceHints>;

export const storageUse = v.strictObject({
  usedBytes: wholeNumber,
  /** Null where the browser does not say. */
  quotaBytes: v.nullable(wholeNumber),
});
export type StorageUse = v.InferOutput<typeof storageUse>;

export const backendChange = v.strictObject({
  /** Null for the first one. */
  from: v.nullable(v.pipe(v.string(), v.maxLength(100))),
  to: v.pipe(v.string(), v.maxLength(100)),
  /** A code, such as `DEVICE_LOST` or `FASTER`. */
  reason: v.pipe(v.string(), v.maxLength(100)),
  atMs: finite,
});
export type BackendChange = v.InferOutput<typeof backendChange>;
