import type { DriftHealth } from '../../protocol/health.ts';

/** What moved together, in plain words: where an error comes from can only be read from what moved with it. */
export function driftText({ errors, features, predictions }: Omit<DriftHealth, 'text'>): string {
  const moved = [
    ...(errors?.status === 'drift' ? [errorText(errors.change)] : []),
    ...movedFeatures('inputs', features),
    ...movedFeatures('answers', predictions),
  ];
  if (moved.length === 0) return 'nothing moved';
  return `${moved.join('; ')}${meaning({ errors, features, predictions })}`;
}

function errorText(change: NonNullable<DriftHealth['errors']>['change']): string {
  if (!change) return 'losses are higher';
  return `losses are higher: mean ${digits(change.before)} → ${digits(change.after)}`;
}

function movedFeatures(what: string, report: DriftHealth['features']): string[] {
  const moved = (report?.features ?? []).filter(({ drifted }) => drifted);
  return moved.length > 0 ? [`${what}: ${moved.map(({ text }) => text).join(', ')}`] : [];
}

/** Errors alone: inputs mean something else than they did. Answers alone: it is the model that changed. */
function meaning({ errors, features, predictions }: Omit<DriftHealth, 'text'>): string {
  const inputsMoved = features?.features.some(({ drifted }) => drifted) ?? false;
  const answersMoved = predictions?.features.some(({ drifted }) => drifted) ?? false;
  if (inputsMoved || features?.status !== 'watching') return '';
  if (errors?.status === 'drift') return '; inputs are what they were, so it is what they mean that changed';
  return answersMoved ? '; inputs are what they were, so it is the model that changed' : '';
}

const digits = (value: number): string => String(Number(value.toPrecision(2)));
