/**
 * Node's HTTP. An `import` of it reads all its exports, and some of them are getters that load undici, HTTP/2 and web
 * streams: a tenth of the start.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
