/** The same object with other methods; getters and private fields stay those of the object itself. */
export function withMethods<T extends object>(target: T, createMethods: (target: T) => Partial<T>): T {
  const methods = createMethods(target);
  return new Proxy(target, {
    get(_, name) {
      if (name in methods) return methods[name as keyof T];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
