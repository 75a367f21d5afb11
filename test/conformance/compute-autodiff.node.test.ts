import { describeAgainstTfjs } from './compute-autodiff-cases.ts';
import { openInNode } from './compute-open-in-node.ts';

describeAgainstTfjs('cpu', openInNode);
describeAgainstTfjs('wasm', openInNode);
