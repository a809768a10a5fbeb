import { setFlagsFromString } from 'node:v8'

// The objects of a request live for a millisecond. V8 would double the space for new ones until it has 16 MB three
// times over, which no cache holds: 100 MB more resident, and not one request a second faster (bench/README.md).
setFlagsFromString('--semi-space-growth-factor=1')
