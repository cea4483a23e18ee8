const root = import.meta.dirname;

export default { distDir: process.env.DIST, turbopack: { root }, outputFileTracingRoot: root };
