import type { DeviceHints } from '../../versions/learning-plan.ts';
import type { DeviceFacts } from '../environment.ts';

/** What is told of the device. */
export type KnownDevice = Pick<DeviceHints, 'battery' | 'charging'> & DeviceFacts;
