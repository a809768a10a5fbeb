/**
 * What is used of node:http. To `import` it from there makes Node read all that it exports, and so load fetch and
 * WebSocket, megabytes that stay resident. Asked for like this, those wait until somebody needs them.
 */
export const { STATUS_CODES, ServerResponse, createServer } = process.getBuiltinModule('node:http')
