declare module 'jsonapi-validator' {
  export class Validator {
    /** Throws an error with a list of `errors`. */
    validate(document: unknown): void
  }
}

declare module 'devour-client' {
  /** A client of devour, as far as the tests use it. */
  export default class Devour {
    constructor(options: { apiUrl: string; bearer?: string; logger?: boolean })
    headers: Record<string, string>
    define(model: string, attributes: Record<string, unknown>, options?: object): void
    findAll<Item>(model: string, params?: object): Promise<{ data: Item[]; meta: { 'total-count': number }; links: Record<string, string> }>
    find<Item>(model: string, id: string, params?: object): Promise<{ data: Item }>
    create<Item>(model: string, payload: object, params?: object): Promise<{ data: Item }>
  }
}
