/**
 * What vitest 5's main process takes from Node 22 and Node 20 lacks. vitest declares Node 22 but needs no more of it than this:
 * without it, the report of a failed test would itself throw.
 */

/**
 * @template Item, Key
 * @param {Iterable<Item>} items
 * @param {(item: Item, index: number) => Key} keyOf
 */
function mapGroupBy(items, keyOf) {
  /** @type {Map<Key, Item[]>} */
  const groups = new Map();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/**
 * @template Item
 * @param {Iterable<Item>} items
 * @param {(item: Item, index: number) => PropertyKey} keyOf
 */
function objectGroupBy(items, keyOf) {
  return Object.assign(Object.create(null), Object.fromEntries(mapGroupBy(items, keyOf)));
}

/** @template Value */
function promiseWithResolvers() {
  /** @type {(value: Value) => void} */
  let resolve = () => undefined;
  /** @type {(reason: unknown) => void} */
  let reject = () => undefined;
  const promise = new Promise((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/**
 * @param {object} owner
 * @param {string} name
 * @param {unknown} value
 */
function provide(owner, name, value) {
  if (!(name in owner)) Object.defineProperty(owner, name, { value, configurable: true, writable: true });
}

provide(Map, 'groupBy', mapGroupBy);
provide(Object, 'groupBy', objectGroupBy);
provide(Promise, 'withResolvers', promiseWithResolvers);
