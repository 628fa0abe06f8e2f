// Elements are made here and nowhere else. What comes from the server becomes text, never markup.

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | undefined | ((event: Event) => unknown)>} Properties */

const SVG = 'http://www.w3.org/2000/svg'

/**
 * Makes an element: functions become listeners, `true` an attribute without a value; `false` and undefined are left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties} [properties]
 * @param {...Child} children
 */
export function h(tag, properties = {}, ...children) {
  return furnish(document.createElement(tag), properties, children)
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties} [properties]
 * @param {...Child} children
 */
export function svg(tag, properties = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), properties, children)
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Properties} properties
 * @param {readonly Child[]} children
 */
function furnish(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...present(children))
  return element
}

/** @param {readonly Child[]} children */
const present = (children) =>
  children.flatMap((child) =>
    child === null || child === undefined || child === false ? [] : [typeof child === 'number' ? String(child) : child],
  )

/** Puts children in the place of what an element holds. @param {Element} element @param {...Child} children */
export const fill = (element, ...children) => element.replaceChildren(...present(children))

/**
 * The element with this id, of the class it must have.
 * @template {typeof HTMLElement} C
 * @param {string} id
 * @param {C} kind
 */
export function byId(id, kind) {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`There is no ${kind.name} #${id}`)
  return /** @type {InstanceType<C>} */ (element)
}

/** Says something to those who do not see the page. @param {string} message */
export function announce(message) {
  byId('announcer', HTMLElement).textContent = message
}
