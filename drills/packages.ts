// Registry packages whose artifacts the drills deploy: exact version and hash, tarball alone, never installed as a dependency.

/** Compound v2 as it was deployed, compiled; its dependencies (Hardhat 2, ethers 5) stay away. */
export const compoundV2 = {
  name: '@thenextblock/hardhat-compound',
  version: '0.0.14',
  integrity: 'sha512-lqfSEtEGl19jv7Kp/xwthUmm6Eok3hQI+YSgL4KxKc6jWJp5PYeH2Uv2KITcSDsgynNTioFf5tGWj0ad1/z3Kw==',
} as const
