// The frame around Swagger UI's own parts.
/** @import { Component, LayoutProps, ReactLike } from './types.d.ts' */

/**
 * The operations and schemas, and nothing of what the page says itself.
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
 * Swagger UI's own dialog in an element that keeps the focus; the page has its button.
 * @param {ReactLike} React
 * @param {() => void} close
 * @returns {Component<LayoutProps>}
 */
export function createAuthorize({ createElement: h, useEffect, useRef }, close) {
  /** @type {Component<{ popup: unknown }>} */
  const Dialog = ({ popup }) => {
    const element = useRef(/** @type {HTMLDialogElement | null} */ (null))
    useEffect(() => element.current?.showModal(), [])
    const properties = { ref: element, onClose: close, 'aria-label': 'Authorize' }
    return h('dialog', properties, h(popup, null))
  }
  return ({ showPopup, getComponent }) =>
    showPopup ? h(Dialog, { popup: getComponent('authorizationPopup', true) }) : null
}
