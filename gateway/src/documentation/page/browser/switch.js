// The switch that shows the operations of one role.
/** @import { ApiDocument, Watched } from './types.d.ts' */
import { callersIn, countFor } from './callers.js'
import { element } from './element.js'

/**
 * @param {string | null} caller
 * @param {boolean} checked
 * @param {() => void} choose
 */
function choice(caller, checked, choose) {
  const label = document.createElement('label')
  const input = Object.assign(document.createElement('input'), {
    type: 'radio',
    name: 'caller',
    value: caller ?? '',
    checked
  })
  input.addEventListener('change', choose)
  label.append(input, caller ?? 'everything')
  return label
}

/** @param {string | null} caller */
function remember(caller) {
  const url = new URL(location.href)
  if (caller === null) url.searchParams.delete('as')
  else url.searchParams.set('as', caller)
  history.replaceState(null, '', url)
}

/**
 * Shows the switch; the choice is in the URL, so that it can be shared.
 * @param {ApiDocument} api
 * @param {Watched<string | null>} caller
 */
export function startSwitch(api, caller) {
  const callers = callersIn(api)
  const shared = new URL(location.href).searchParams.get('as')
  if (shared !== null && callers.includes(shared)) caller.set(shared)

  function show() {
    const { all, usable } = countFor(api, caller.current())
    element('#count').textContent =
      caller.current() === null ? '' : `${usable} of ${all} operations.`
  }

  const choices = [null, ...callers].map((one) =>
    choice(one, one === caller.current(), () => {
      caller.set(one)
      remember(one)
    })
  )
  element('#callers').append(...choices)
  element('#callers').hidden = false
  caller.subscribe(show)
  show()
}
