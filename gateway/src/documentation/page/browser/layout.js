// The frame around Swagger UI's own parts.
/** @import { Component, LayoutProps, ReactLike } from './types.d.ts' */

/**
 * The operations and schemas, without Swagger UI's own header.
 * @param {ReactLike} React
 * @returns {Component<LayoutProps>}
 */
export function createLayout({ createElement: h }) {
  return ({ getComponent }) =>
    h(
      'div',
      { className: 'swagger-ui' },
      h(getComponent('SvgAssets'), null),
      h(getComponent('errors', true), null),
      h(getComponent('AuthorizeBtnContainer', true), null),
      h(getComponent('operations', true), null),
      h(getComponent('Models', true), null)
    )
}

/**
 * The responses of an operation; examples of errors are hidden until a reader wants them.
 * @param {ReactLike} React
 */
export function createResponses({ createElement: h, useState }) {
  return (/** @type {unknown} */ Original) => (/** @type {object} */ props) => {
    const [isBrief, setBrief] = useState(true)
    const properties = {
      type: 'button',
      className: 'errors-toggle',
      'aria-expanded': !isBrief,
      onClick: () => setBrief(!isBrief)
    }
    const toggle = h('button', properties, 'Examples of errors')
    return h('div', { className: isBrief ? 'brief' : '' }, toggle, h(Original, props))
  }
}

/**
 * Swagger UI's own dialog in an element that keeps the focus; the page has its button.
 * @param {ReactLike} React
 * @param {() => void} close
 * @returns {Component<LayoutProps>}
 */
export function createAuthorize({ createElement: h, useEffect, useRef }, close) {
  /** @type {Component<{ popup: unknown }>} */
  const Dialog = ({ popup }) => {
    const element = useRef(/** @type {HTMLDialogElement | null} */ (null))
    useEffect(() => {
      const before = document.activeElement
      element.current?.showModal()
      return () => {
        if (before instanceof HTMLElement) before.focus()
      }
    }, [])
    const properties = { ref: element, onClose: close, 'aria-label': 'Authorize' }
    return h('dialog', properties, h(popup, null))
  }
  return ({ showPopup, getComponent }) =>
    showPopup ? h(Dialog, { popup: getComponent('authorizationPopup', true) }) : null
}
