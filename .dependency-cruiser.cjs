/** Which folder may import which. No arrow goes up; every other import between the top-level folders is forbidden. */
const base = ['src/errors.ts', 'src/core/'];
const learning = [...base, 'src/compute/', 'src/learners/'];
const observing = ['src/signals/', 'src/feedback/', 'src/monitor/', 'src/review/', 'src/memory/'];
const shipping = ['src/versions/', 'src/sync/'];
const inside = [...learning, 'src/policies/', 'src/continual/', ...observing, ...shipping];
const page = [...base, 'src/protocol/', 'src/signals/'];

/** @type {Record<string, string[]>} */
const mayImport = {
  'src/errors.ts': [],
  'src/core/': base,
  'src/compute/': base,
  'src/learners/': [...base, 'src/compute/'],
  'src/policies/': [...base, 'src/learners/'],
  'src/continual/': learning,
  'src/memory/': base,
  'src/signals/': base,
  'src/feedback/': [...base, 'src/memory/'],
  'src/monitor/': base,
  'src/review/': [...base, 'src/memory/'],
  'src/versions/': [...learning, 'src/continual/', 'src/monitor/', 'src/memory/'],
  'src/sync/': [...base, 'src/versions/'],
  'src/protocol/': inside, // types only, see below
  'src/runtime/': [...inside, 'src/protocol/'],
  'src/client/': page,
  'src/index.ts': [...page, 'src/client/'],
  'src/embed.ts': [...page, 'src/client/'],
  'workers/': [...base, 'src/memory/', 'src/runtime/', 'src/sync/', 'src/protocol/'],
  'server/': [...base, 'src/sync/wire', 'src/sync/digest', 'src/sync/immutable-path'],
  'demo/': [],
};

/** Packages that only one part may know. */
const keptBehind = {
  '@tensorflow/': ['src/compute/', 'scripts/'],
  dexie: ['src/memory/'],
  comlink: ['src/client/', 'src/runtime/', 'workers/'],
  hono: ['server/'],
  '@hono/': ['server/'],
  kysely: ['server/'],
  libsql: ['server/'],
};

const ours = '^(src|workers|server|demo|test|bench)/';
const starts = (/** @type {string[]} */ paths) => paths.map((path) => `^${path.replaceAll('.', '[.]')}`);

const direction = Object.entries(mayImport).map(([from, allowed]) => ({
  name: `direction: ${from} imports ${allowed.length > 0 ? allowed.join(' ') : 'nothing of ours but itself'}`,
  severity: 'error',
  from: { path: starts([from]) },
  to: { path: ours, pathNot: starts([from, ...allowed]) },
}));

const packages = Object.entries(keptBehind).map(([name, allowed]) => ({
  name: `${name} stays behind ${allowed.join(' ')}`,
  severity: 'error',
  from: { path: '^(src|workers|server|demo)/', pathNot: starts(allowed) },
  to: { path: `^node_modules/${name.replace(/[/]$/, '')}/` },
}));

const others = [
  { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'src/protocol/ holds types only',
    severity: 'error',
    from: { path: '^src/protocol/' },
    to: { path: ours, pathNot: '^src/(errors[.]ts|core/|protocol/)', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'nothing that ships imports tests or benchmarks',
    severity: 'error',
    from: { path: '^(src|workers|server|demo)/' },
    to: { path: '^(test|bench)/' },
  },
  {
    name: 'the library runs in browsers',
    severity: 'error',
    from: { path: '^(src|workers)/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'what ships uses declared dependencies',
    severity: 'error',
    from: { path: '^(src|workers|server)/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'every import leads somewhere',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true, pathNot: '^tendril$' },
  },
];

module.exports = {
  forbidden: [...direction, ...packages, ...others],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules/.*/node_modules)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
