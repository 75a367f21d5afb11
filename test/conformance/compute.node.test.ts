import { openBackend } from '../../src/compute/open-backend.ts';
import { describeAgreement, describeComputeBackend } from './compute-cases.ts';
import { openSplit } from './compute-fixtures.ts';

describeComputeBackend('cpu', () => openBackend('cpu'));
describeComputeBackend('wasm', () => openBackend('wasm'));
describeComputeBackend('cpu', () => openSplit('cpu', 'wasm'), 'cpu that learns on wasm');
describeComputeBackend('wasm', () => openSplit('wasm', 'cpu'), 'wasm that learns on cpu');
describeAgreement(['cpu', 'wasm'], openBackend);
