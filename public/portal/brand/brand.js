/** What an operator changes: his name, his mark, and where his customers find help. */
export const brand = {
  name: 'Call records',
  logo: 'brand/mark.svg',
  /** An address such as `mailto:support@example.com` or `https://example.com/help`; empty: no link. */
  help: '',
}
