/**
 * Where the WebAssembly lies. The entry that is imported says it: `now()` returns its bytes or the compiled module at once,
 * `later()` returns its URL, and `read(url)` reads a file where `fetch` does not.
 */
export const source = {};
