/** A uuid of any version, in letters of either case (RFC 9562 4). Without flags, since routes and JSON Schemas take its source alone. */
export const UUID = /^[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}$/
