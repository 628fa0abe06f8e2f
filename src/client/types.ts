// What may be asked of each resource, and what comes back: all of it follows from `resources.ts`.
import type { Choice, Operators, Resources } from './resources.ts'

type ResourceType = keyof Resources

/** Resources that have a list. */
export type ListedType = 'cdrs' | 'incoming-cdrs' | 'cdr-exports' | 'accounts'

/** What the values of a filter are given as. A decimal that a double would change is given as text. */
interface Values {
  integer: number | bigint | string
  decimal: number | string
  boolean: boolean
  datetime: Date | string
  string: string
  inet: string
  uuid: string
}

type Kind<Field> = Field extends keyof Values ? Field : 'choice'
type Value<Field> = Field extends keyof Values ? Values[Field] : Field extends Choice<infer Word> ? Word : never

type One<Fields> = {
  readonly [Name in keyof Fields & string as `${Name}_${Operators[Kind<Fields[Name]>]['one']}`]?: Value<Fields[Name]> | undefined
}
type Many<Fields> = {
  readonly [Name in keyof Fields & string as `${Name}_${Operators[Kind<Fields[Name]>]['many']}`]?:
    | readonly Value<Fields[Name]>[]
    | undefined
}
type Lists<Fields> = { readonly [Name in keyof Fields]?: readonly Value<Fields[Name]>[] | undefined }

/** The filters of a resource; all must hold. */
export type Filter<Type extends ListedType> = One<Resources[Type]['filters']> &
  Many<Resources[Type]['filters']> &
  Lists<Resources[Type]['lists']>

/** The attributes of a resource. */
export type AttributeName<Type extends ResourceType> = keyof Resources[Type]['attributes'] & string
/** What a resource links to, by name; not all link to something. */
type Links<Type extends ResourceType> = Resources[Type] extends { relationships: infer Relationships } ? Relationships : object
/** What a resource links to. */
export type RelationshipName<Type extends ResourceType> = keyof Links<Type> & string

/** What a fieldset may name. */
export type Field<Type extends ResourceType> = AttributeName<Type> | RelationshipName<Type>

type Sorted<Type extends ListedType> = 'id' | Exclude<AttributeName<Type>, Resources[Type]['unsorted']>

/** An attribute to sort by; `-` in front: descending. */
export type Sort<Type extends ListedType> = Sorted<Type> | `-${Sorted<Type>}`

/** The types that a resource links to. */
type Related<Type extends ResourceType> = Extract<Links<Type>[RelationshipName<Type>], ResourceType>

/** What of an object shall be shown, and what along with it. */
export interface ShowQuery<Type extends ResourceType, Shown extends Field<Type> = Field<Type>> {
  /** By type. */
  fields?: { readonly [One in Type]?: readonly Shown[] } & { readonly [Other in Related<Type>]?: readonly Field<Other>[] }
  include?: readonly RelationshipName<Type>[]
}

/** What of a list is wanted. Lists of calls show the last 24 hours, unless a filter says when they shall begin. */
export interface ListQuery<Type extends ListedType, Shown extends Field<Type> = Field<Type>> extends ShowQuery<Type, Shown> {
  filter?: Filter<Type>
  sort?: readonly Sort<Type>[]
  /** The first page, of 50 objects, unless said otherwise; 1000 are the most. */
  page?: { number?: number | undefined; size?: number | undefined }
}

interface Identifier<Type> {
  type: Type
  id: string
}

type Relationships<Type extends ResourceType, Shown> = {
  [Name in RelationshipName<Type> & Shown]: {
    links: { self: string; related: string }
    /** Only if included. */
    data?: Identifier<Links<Type>[Name]> | null
  }
}

/** An object as it is shown; `attributes` and `relationships` are absent where none of them is wanted. */
export interface ResourceObject<Type extends ResourceType, Shown extends Field<Type> = Field<Type>> extends Identifier<Type> {
  attributes: Pick<Resources[Type]['attributes'], Shown & AttributeName<Type>>
  relationships: Relationships<Type, Shown>
  links?: { self: string }
}

/** An object that came along. */
type Included<Type extends ResourceType> = { [Other in Related<Type>]: ResourceObject<Other> }[Related<Type>]

/** One object, with what it includes. */
export interface ShownDocument<Type extends ResourceType, Shown extends Field<Type> = Field<Type>> {
  data: ResourceObject<Type, Shown>
  included?: Included<Type>[]
}

/** A page of a list. */
export interface Page<Type extends ListedType, Shown extends Field<Type> = Field<Type>> {
  data: ResourceObject<Type, Shown>[]
  included?: Included<Type>[]
  /** How many match, on all pages. */
  meta: { 'total-count': number }
  links: { first: string; prev?: string; next?: string; last: string }
}
