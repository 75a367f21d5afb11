import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { fromRoot, readJson } from '../lib/paths.mjs';
import { difference, findingOf } from './check.mjs';

const listFile = 'test/fixtures/exports.json';
const entry = fromRoot('dist/lib/tendril.mjs');
const typesEntry = fromRoot('dist/types/src/index.d.ts');

/**
 * The names that the built entry and its types export are those of a written list. The entry is imported here in Node too,
 * as a page that is rendered on a server would.
 * @type {import('./check.mjs').Check}
 */
export const exportedNames = {
  name: 'exports',
  async run() {
    const missing = [entry, typesEntry, fromRoot(listFile)].filter((file) => !existsSync(file));
    if (missing.length > 0) return findingOf(missing.map((file) => `${file} is missing.`));
    /** @type {{ values: string[], types: string[] }} */
    const listed = readJson(listFile);
    const built = Object.keys(await import(pathToFileURL(entry).href));
    const declared = declaredNames();
    return findingOf([
      ...compare('the built entry', built, listed.values),
      ...compare('the declared values', declared.values, listed.values),
      ...compare('the declared types', declared.types, listed.types),
    ]);
  },
};

/**
 * @param {string} what
 * @param {readonly string[]} found
 * @param {readonly string[]} listed
 */
function compare(what, found, listed) {
  const { onlyLeft, onlyRight } = difference(found, listed);
  return [
    ...onlyLeft.map((name) => `${listFile} does not have ${name}, which is in ${what}.`),
    ...onlyRight.map((name) => `${listFile} has ${name}, which is not in ${what}.`),
  ];
}

function declaredNames() {
  const program = ts.createProgram([typesEntry], {
    skipLibCheck: true,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(typesEntry);
  const symbol = file && checker.getSymbolAtLocation(file);
  const exported = symbol ? checker.getExportsOfModule(symbol) : [];
  const names = exported.map((each) => ({ name: each.getName(), isValue: isValue(each, checker) }));
  return {
    values: names.filter(({ isValue }) => isValue).map(({ name }) => name),
    types: names.filter(({ isValue }) => !isValue).map(({ name }) => name),
  };
}

/**
 * @param {ts.Symbol} symbol
 * @param {ts.TypeChecker} checker
 */
function isValue(symbol, checker) {
  const isTypeOnly = symbol.declarations?.some(
    (each) => ts.isExportSpecifier(each) && ts.isTypeOnlyImportOrExportDeclaration(each),
  );
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return !isTypeOnly && (target.flags & ts.SymbolFlags.Value) !== 0;
}
