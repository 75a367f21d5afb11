import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Chance and time are arguments in the library, so that a run can be replayed. */
const chanceAndTime = [
  { object: 'Math', property: 'random', message: 'Take an Rng as an argument.' },
  { object: 'Date', property: 'now', message: 'Take a Clock as an argument.' },
  { object: 'performance', property: 'now', message: 'Take a Clock as an argument.' },
];

const bannedEverywhere = [
  { selector: 'ExportAllDeclaration', message: 'Exports are a written list.' },
  {
    // On WebGPU they give wrong values or lose the device.
    selector: 'MemberExpression[property.name=/^(dataSync|arraySync)$/]',
    message: 'Reading a tensor synchronously is not safe on WebGPU: await data().',
  },
  {
    selector: 'CallExpression[callee.property.name="print"]',
    message: "tfjs's print reads a tensor synchronously.",
  },
  {
    selector: 'ImportDeclaration[source.value=/^@tensorflow\\u002f/] ImportSpecifier[imported.name="print"]',
    message: "tfjs's print reads a tensor synchronously.",
  },
];
const bannedSyntax = [
  ...bannedEverywhere,
  {
    // An index that the loop keeps in bounds may be asserted; whether anything else is there has to be asked.
    selector: 'TSNonNullExpression:not([expression.type="MemberExpression"][expression.computed=true])',
    message: 'Assert only the presence of an element at an index.',
  },
];

const currentTime = {
  selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
  message: 'Take a Clock as an argument.',
};

const code = '**/*.{ts,mjs,js}';
const product = ['src/**/*.ts', 'workers/**/*.ts', 'server/**/*.ts', 'demo/**/*.ts', 'scripts/**/*.mjs'];

export default defineConfig(
  // kernels/ is AssemblyScript, which its own compiler checks.
  globalIgnores(['dist/', 'public/', 'coverage/', '.tendril/', 'test/fixtures/', 'kernels/', '**/kernel-binary.js']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    files: [code],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-restricted-syntax': ['error', ...bannedSyntax],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-meaningless-void-operator': 'off', // `void (await done())` gives the value away
      '@typescript-eslint/no-non-null-assertion': 'off', // see bannedSyntax
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off', // `async` also turns what is thrown into a rejection
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: product,
    rules: {
      complexity: ['error', 12],
      'max-depth': ['error', 4],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'workers/**/*.ts'],
    ignores: ['src/core/clock.ts'],
    rules: {
      'no-restricted-properties': ['error', ...chanceAndTime],
      'no-restricted-syntax': ['error', ...bannedSyntax, currentTime],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Matchers such as expect.any() are of type any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // Stand-ins are made of functions that are bound later, or need no object.
      '@typescript-eslint/unbound-method': 'off',
      // A wrong assertion fails the test, as it should.
      'no-restricted-syntax': ['error', ...bannedEverywhere],
    },
  },
  {
    // They run before TypeScript is there; tsc checks their JSDoc types.
    files: ['**/*.{mjs,js,cjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', performance: 'readonly', URL: 'readonly' },
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } },
  },
);
