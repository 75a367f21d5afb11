import { expose } from 'comlink';
import { browserEnvironment } from '../src/runtime/browser-environment.ts';
import { createLearnerWorker } from '../src/runtime/learner-worker.ts';

expose(createLearnerWorker(browserEnvironment()));
