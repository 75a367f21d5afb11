import { describe, expect, test } from 'vitest';
import { parseReplayArguments } from '../../bench/replay/arguments.ts';

const needed = ['--data', 'file.csv', '--target', 'y'];

test('defaults', () => {
  expect(parseReplayArguments(needed)).toEqual({
    dataFile: 'file.csv',
    target: 'y',
    categorical: [],
    numeric: [],
    text: [],
    ignored: [],
    delayRows: 0,
    limitRows: Infinity,
    shuffleSeed: null,
    seed: 1,
    runtime: 'chromium',
    backend: null,
    learner: {},
    json: false,
  });
});

test('every option', () => {
  const given = ['--categorical', 'a, b', '--categorical', 'c', '--numeric', 'n', '--text', 't', '--ignore', 'id,when'];
  const run = [
    '--task',
    'classification',
    '--delay',
    '25',
    '--limit',
    '100',
    '--shuffle',
    '3',
    '--seed',
    '7',
    '--runtime',
    'node',
  ];
  const learner = [
    '--backend',
    'wasm',
    '--hidden-size',
    '0',
    '--hash-size',
    '64',
    '--learning-rate',
    '0.05',
    '--replay-size',
    '4',
  ];
  expect(
    parseReplayArguments([...needed, ...given, ...run, ...learner, '--replay-capacity', '200', '--json']),
  ).toMatchObject({
    categorical: ['a', 'b', 'c'],
    numeric: ['n'],
    text: ['t'],
    ignored: ['id', 'when'],
    delayRows: 25,
    limitRows: 100,
    shuffleSeed: 3,
    seed: 7,
    runtime: 'node',
    backend: 'wasm',
    learner: { hiddenSize: 0, hashSize: 64, learningRate: 0.05, replaySize: 4, replayCapacity: 200 },
    json: true,
  });
});

test('help needs nothing else', () => {
  expect(parseReplayArguments(['--help'])).toBe('help');
});

describe('wrong usage', () => {
  test.each([
    [['--target', 'y'], /--data is missing/],
    [['--data', 'file.csv'], /--target is missing/],
    [[...needed, '--colour', 'red'], /--colour/],
    [[...needed, 'extra'], /extra/],
    [[...needed, '--task', 'ranking'], /--task takes classification, not "ranking"/],
    [[...needed, '--delay', '-1'], /--delay/],
    [[...needed, '--delay', '1.5'], /--delay takes a whole number/],
    [[...needed, '--limit', '0'], /--limit takes a whole number of at least 1/],
    [[...needed, '--seed', '4294967296'], /--seed/],
    [[...needed, '--backend', 'cuda'], /--backend takes cpu, wasm, webgpu/],
    [[...needed, '--runtime', 'deno'], /--runtime/],
    [[...needed, '--learning-rate', '0'], /--learning-rate takes a positive number/],
  ])('%j', (argv, reason) => {
    expect(() => parseReplayArguments(argv)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringMatching(reason) as unknown }),
    );
  });
});
