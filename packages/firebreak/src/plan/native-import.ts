// Node's own `import()`. This file is loaded by `require`, so that no test runner rewrites it: a plan is always imported by Node itself.

export function nativeImport(url: string): Promise<unknown> {
  return import(url)
}
