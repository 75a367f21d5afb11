import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';
import type { BackendName } from '../../src/compute/compute.ts';
import { describeCandidateAgreement, describeCandidateIndex, type CandidateBackend } from './candidate-index-cases.ts';

const openInNode = async (name: BackendName): Promise<CandidateBackend> => ({
  create: (options) => createCandidateIndex(options, { name }),
  dispose: () => {},
});

describeCandidateIndex('cpu', () => openInNode('cpu'));
describeCandidateIndex('wasm', () => openInNode('wasm'));
describeCandidateAgreement(['cpu', 'wasm'], openInNode);
