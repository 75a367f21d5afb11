import { createCandidateIndex } from '../../src/compute/candidate-index/create-candidate-index.ts';
import { describeCandidateIndex, type CandidateBackend } from './candidate-index-cases.ts';

const openInNode = async (): Promise<CandidateBackend> => ({
  create: (options) => createCandidateIndex(options, { backend: 'cpu' }),
  dispose: () => {},
});

describeCandidateIndex('cpu', openInNode);
