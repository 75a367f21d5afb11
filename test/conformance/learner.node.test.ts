import { defaultClassifierMembers } from '../../src/learners/members/default-members.ts';
import { defaultRegressorMembers } from '../../src/learners/regression/default-members.ts';
import { RegressionEnsemble } from '../../src/learners/regression/regression-ensemble.ts';
import { createEncoder } from '../../src/learners/fresh-learner.ts';
import { parseTask } from '../../src/learners/task-schema.ts';
import { openInNode } from './compute-open-in-node.ts';
import { classifierMember, completeModel, regressorMember } from './learner-adapters.ts';
import { classCount, conformanceSchema, describeLearner } from './learner-cases.ts';

const task = parseTask({ id: 'conformance', kind: 'classification', schema: { input: conformanceSchema } });
const { shape } = createEncoder(task);

for (const [index, { name }] of defaultClassifierMembers(shape, classCount, 1).entries()) {
  describeLearner(
    classifierMember(name, (rows, classes, seed) => defaultClassifierMembers(rows, classes, seed)[index]!.model),
  );
}
for (const [index, { name }] of defaultRegressorMembers(shape, 1).entries()) {
  describeLearner(regressorMember(name, (rows, seed) => defaultRegressorMembers(rows, seed)[index]!.model));
}
describeLearner(
  regressorMember('regression ensemble', (rows, seed) => new RegressionEnsemble(defaultRegressorMembers(rows, seed))),
);
for (const backend of ['cpu', 'wasm'] as const) {
  describeLearner(completeModel('classification', backend, () => openInNode(backend)));
  describeLearner(completeModel('ranking', backend, () => openInNode(backend)));
}
describeLearner(completeModel('regression', 'cpu', () => openInNode('cpu')));
