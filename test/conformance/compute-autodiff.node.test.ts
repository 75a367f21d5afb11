import { openBackend } from '../../src/compute/open-backend.ts';
import { describeAgainstTfjs } from './compute-autodiff-cases.ts';

describeAgainstTfjs('cpu', openBackend);
describeAgainstTfjs('wasm', openBackend);
