/** What an operator changes: name, mark, and where customers find help. */
export const brand = {
  name: 'Call records',
  logo: '/brand/mark.svg',
  /** An address such as `mailto:support@example.com` or `https://example.com/help`; empty: no link. */
  help: '',
}
