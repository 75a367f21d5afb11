import { classifierMembers } from '../../src/learners/classifier-members.ts';
import { openBackend } from '../../src/compute/open-backend.ts';
import { defaultRegressorMembers } from '../../src/learners/regression/default-members.ts';
import { RegressionEnsemble } from '../../src/learners/regression/regression-ensemble.ts';
import { createEncoder } from '../../src/learners/fresh-learner.ts';
import { parseTask } from '../../src/learners/task-schema.ts';
import { classifierMember, completeModel, regressorMember } from './learner-adapters.ts';
import { classCount, conformanceSchema, describeLearner } from './learner-cases.ts';

const task = parseTask({ id: 'conformance', kind: 'classification', schema: { input: conformanceSchema } });
const { shape } = createEncoder(task);

const kinds = [
  { isVector: false, hasText: false, isText: false },
  { isVector: true, hasText: false, isText: false },
];
for (const kind of kinds) {
  for (const [index, { name }] of classifierMembers(kind, shape, classCount, 1).entries()) {
    describeLearner(
      classifierMember(name, (rows, classes, seed) => classifierMembers(kind, rows, classes, seed)[index]!.model),
    );
  }
}
for (const [index, { name }] of defaultRegressorMembers(shape, 1).entries()) {
  describeLearner(regressorMember(name, (rows, seed) => defaultRegressorMembers(rows, seed)[index]!.model));
}
describeLearner(
  regressorMember('regression ensemble', (rows, seed) => new RegressionEnsemble(defaultRegressorMembers(rows, seed))),
);
for (const kind of ['classification', 'ranking', 'regression'] as const) {
  describeLearner(completeModel(kind, () => openBackend('cpu'), { where: 'without a network' }));
}
for (const kind of ['classification', 'ranking'] as const) {
  for (const backend of ['cpu', 'wasm'] as const) {
    describeLearner(
      completeModel(kind, () => openBackend(backend), { where: `with a network on ${backend}`, hiddenSize: 16 }),
    );
  }
}
