import { openInNode } from './compute-open-in-node.ts';
import { describeAgreement, describeComputeBackend } from './compute-cases.ts';

describeComputeBackend('cpu', () => openInNode('cpu'));
describeComputeBackend('wasm', () => openInNode('wasm'));
describeAgreement(['cpu', 'wasm'], openInNode);
