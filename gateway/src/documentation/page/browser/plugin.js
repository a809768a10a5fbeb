// What the page changes in Swagger UI: each operation shows its callers, and the switch filters them.
/** @import { ApiDocument, Mapped, Operation, PathProps, ReactLike, SummaryProps, SwaggerSystem, TagProps, Watched } from './types.d.ts' */
import { mayUse, rolesOf } from './callers.js'
import { createAuthorize, createLayout, createResponses } from './layout.js'

/** @typedef {(path: string, method: string) => Operation | undefined} Find */

/** @param {ReactLike} React @param {Find} find */
function describing(React, find) {
  const { createElement: h, Fragment } = React
  return {
    OperationSummaryPath:
      (/** @type {unknown} */ Original) => (/** @type {SummaryProps} */ props) => {
        const { path, method } = props.operationProps.toObject()
        const policy = find(path, method)?.['x-gateway']
        const badge = policy && h('span', { className: 'who' }, rolesOf(policy).join(' or '))
        return h(Fragment, null, h(Original, props), badge)
      },
    responses: createResponses(React),
    TextArea: (/** @type {unknown} */ Original) => (/** @type {object} */ props) =>
      h(Original, { 'aria-label': 'Request body', ...props })
  }
}

/** @param {ReactLike} React @param {Find} find @param {Watched<string | null>} caller */
function filtering({ createElement: h, useSyncExternalStore }, find, caller) {
  const useCaller = () => useSyncExternalStore(caller.subscribe, caller.current)
  /** @type {(operation: PathProps, as: string | null) => boolean} */
  const isShown = ({ path, method }, as) => mayUse(find(path, method)?.['x-gateway'], as)
  return {
    OperationContainer: (/** @type {Mapped} */ Original) => {
      /** @param {PathProps} props */
      function Container(props) {
        return isShown(props, useCaller()) ? h(Original, props) : null
      }
      Container.prototype.mapStateToProps = Original.prototype.mapStateToProps
      return Container
    },
    OperationTag: (/** @type {unknown} */ Original) => (/** @type {TagProps} */ props) => {
      const as = useCaller()
      const operations = props.tagObj.get('operations').toJS()
      return operations.some((one) => isShown(one, as)) ? h(Original, props) : null
    }
  }
}

/**
 * @param {ApiDocument} document
 * @param {Watched<string | null>} caller whose operations are shown; null: all
 */
export function createPlugin(document, caller) {
  /** @type {Find} */
  const find = (path, method) => document.paths[path]?.[method]
  return (/** @type {SwaggerSystem} */ { React, getSystem }) => {
    const close = () => getSystem().authActions.showDefinitions(false)
    return {
      components: { PageLayout: createLayout(React) },
      wrapComponents: {
        ...describing(React, find),
        ...filtering(React, find, caller),
        // The callers say more than a lock, and one button signs in for all.
        authorizeOperationBtn: () => () => null,
        // Two stops of the Tab key for one operation are one too many; a path can be marked and copied.
        CopyToClipboardBtn: () => () => null,
        authorizeBtn: () => createAuthorize(React, close)
      },
      statePlugins: {
        spec: {
          // Swagger UI reads JSON as if it were YAML, which takes many times as long.
          wrapActions: {
            parseToJson: (/** @type {unknown} */ _, /** @type {SwaggerSystem} */ system) => () =>
              system.specActions.updateJsonSpec(document)
          }
        }
      }
    }
  }
}
