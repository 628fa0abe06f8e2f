// Shows an OpenAPI document. The token stays in this page: it is neither stored nor part of any address.

/** @typedef {{ preauthorizeApiKey(scheme: string, value: string): void, authActions: { logout(schemes: string[]): void } }} Reference */

const operator = new URLSearchParams(location.search).get('api') === 'operator'
const {
  document: openApi,
  scheme,
  label,
} = operator
  ? { document: '/openapi-operator.json', scheme: 'bearer', label: 'Operator key' }
  : { document: '/openapi.json', scheme: 'token', label: 'Token' }

const field = /** @type {HTMLInputElement} */ (document.getElementById('token'))
field.labels?.[0]?.firstChild?.replaceWith(`${label} `)

let authorized = false

const current = document.querySelector(operator ? 'nav a[href*=operator]' : 'nav a[href="./"]')
current?.setAttribute('aria-current', 'page')

const dark = matchMedia('(prefers-color-scheme: dark)')
const followScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', followScheme)
followScheme()

const { SwaggerUIBundle } = /** @type {{ SwaggerUIBundle: (options: object) => Reference }} */ (/** @type {unknown} */ (window))

const reference = SwaggerUIBundle({
  url: openApi,
  dom_id: '#reference',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // A page of calls is thousands of words: colours for each would take seconds.
  syntaxHighlight: false,
  validatorUrl: null,
  plugins: [findFilters],
  onComplete: authorize,
})

field.addEventListener('input', authorize)

function authorize() {
  const token = field.value.trim()
  if (token !== '') reference.preauthorizeApiKey(scheme, token)
  else if (authorized) reference.authActions.logout([scheme])
  authorized = token !== ''
}

/**
 * Of some hundred filters, those are shown that somebody looks for or has filled in: all of them would take the page many seconds.
 * @param {{ React: any, getState: () => any }} system
 */
function findFilters({ React, getState }) {
  const h = React.createElement

  /** @param {any} Parameters */
  const withSearch = (Parameters) => (/** @type {any} */ props) => {
    const { parameters, pathMethod } = props
    const [sought, setSought] = React.useState('')
    const filters = parameters.filter(isFilter).size
    if (filters === 0) return h(Parameters, props)
    const word = sought.trim().toLowerCase()
    const filled = namesOfFilled(getState().getIn(['spec', 'meta', 'paths', ...pathMethod, 'parameters']))
    const shown = parameters.filter((/** @type {any} */ parameter) => {
      const name = parameter.get('name')
      return !isFilter(parameter) || filled.has(name) || (word !== '' && name.includes(word))
    })
    const input = h('input', {
      type: 'search',
      value: sought,
      placeholder: 'duration, src_prefix_in_cont, …',
      onChange: (/** @type {{ target: HTMLInputElement }} */ { target }) => setSought(target.value),
    })
    const search = h('label', { className: 'find-filter' }, `Find one of ${filters} filters`, input)
    return h(React.Fragment, null, search, h(Parameters, { ...props, parameters: shown }))
  }

  return { wrapComponents: { parameters: withSearch } }
}

/** @param {any} parameter */
function isFilter(parameter) {
  return (parameter.get('name') ?? '').startsWith('filter[')
}

/**
 * The parameters that have a value; they are known by where they stand, their name and a hash.
 * @param {{ toJS(): Record<string, { value?: unknown }> } | undefined} entered
 */
function namesOfFilled(entered) {
  const filled = Object.entries(entered?.toJS() ?? {}).filter(([, { value }]) => value !== undefined && value !== '')
  return new Set(filled.map(([identity]) => identity.replace(/^query\.|\.hash-.*$/g, '')))
}
