// Where the two APIs begin, in routes, in links and in the documents.
export const ROOT = '/api/rest/customer/v1'
export const OPERATOR_ROOT = '/api/operator/v1'
