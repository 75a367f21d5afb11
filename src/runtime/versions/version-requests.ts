import * as v from 'valibot';
import { TendrilError } from '../../errors.ts';
import type { Store } from '../../memory/store.ts';
import type { KeptVersion, VersionsStatus } from '../../protocol/messages.ts';
import { gateReport, type Lineage, type VersionReference } from '../../versions/lineage.ts';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1000));
const request = v.strictObject({
  taskId: text,
  to: v.exactOptional(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{8,64}$/, 'a version is named by the hexadecimal digits of its digest')),
  ),
  by: v.optional(text, 'page'),
  why: v.optional(text, 'asked for'),
  setAside: v.optional(v.boolean(), true),
});
export type ParsedRollbackRequest = v.InferOutput<typeof request>;

/** @throws INVALID_DATA */
export function parseRollbackRequest(given: unknown): ParsedRollbackRequest {
  const result = v.safeParse(request, given);
  if (result.success) return result.output;
  throw new TendrilError('INVALID_DATA', { reason: v.summarize(result.issues) });
}

const about = v.object({
  parent: v.nullable(v.string()),
  trainingRange: v.tuple([v.number(), v.number()]),
  learned: v.number(),
  metrics: v.record(v.string(), v.number()),
  codeVersion: v.string(),
  gate: v.nullable(gateReport),
});

/** The versions of a model as they are stored, the newest first; what is damaged in what is said about one is left out. */
export async function keptVersions(store: Store, modelKey: string): Promise<KeptVersion[]> {
  const summaries = await store.versions(modelKey);
  return summaries.reverse().map(({ digest, trainedTo, createdAtMs, sizeBytes, about: said }) => {
    const parsed = v.safeParse(about, said);
    return { digest, trainedTo, createdAtMs, sizeBytes, about: parsed.success ? parsed.output : null };
  });
}

/**
 * The version that is meant.
 * @param to how its digest begins; undefined for the one before this one
 * @throws INVALID_DATA where it is not kept, or several are meant
 */
export async function versionToGoBackTo(
  store: Store,
  modelKey: string,
  { champion, guards }: Lineage,
  to: string | undefined,
): Promise<VersionReference> {
  const last = guards[0] ?? null;
  if (to === undefined && last) return last;
  const kept = await keptVersions(store, modelKey);
  const found = kept.filter(({ digest }) => (to === undefined ? digest !== champion?.digest : digest.startsWith(to)));
  const [version] = found;
  if (!version || (to !== undefined && found.length > 1))
    throw new TendrilError('INVALID_DATA', { reason: `there is no version ${to ?? 'before this one'} to go back to` });
  const { digest, trainedTo, about } = version;
  return { digest, trainedTo, learned: about?.learned ?? trainedTo, judged: 0, modelVersion: null };
}

export async function versionsStatus(
  store: Store,
  modelKey: string,
  lineage: Lineage,
): Promise<Omit<VersionsStatus, 'comparison'>> {
  const { champion, guards, learned, quarantined, moves, refused, awaiting, onProbation } = lineage;
  return {
    champion,
    guards,
    challenger: { learned },
    onProbation,
    awaiting,
    quarantined,
    moves: [...moves].reverse(),
    refused: refused && { position: refused.position, atMs: refused.atMs, report: refused.report },
    kept: await keptVersions(store, modelKey),
  };
}
