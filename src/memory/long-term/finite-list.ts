import * as v from 'valibot';

/** A list of finite numbers, checked in one go: a state has tens of thousands of them. @param length exactly so many, or any number */
export function finiteList(length: number | null = null): v.GenericSchema<number[]> {
  return v.custom<number[]>((value) => {
    if (!Array.isArray(value) || (length !== null && value.length !== length)) return false;
    for (const entry of value) if (!Number.isFinite(entry)) return false;
    return true;
  }, 'not a list of finite numbers');
}
