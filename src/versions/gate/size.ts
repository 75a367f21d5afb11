import type { GateCheck } from './gate-check.ts';

export function sizeCheck(sizeBytes: number, maxSizeBytes: number): GateCheck {
  const explanation = `its checkpoint has ${sizeBytes} bytes; ${maxSizeBytes} are allowed`;
  return { name: 'size', passed: sizeBytes <= maxSizeBytes, value: sizeBytes, threshold: maxSizeBytes, explanation };
}
