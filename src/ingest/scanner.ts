// Reads JSON (RFC 8259) byte by byte as it comes in, and keeps nothing of it but how it is nested: so what stands around the rows of a batch
// may be of any size.

/** What a scanner has come to. `rows`: the list of the rows begins with this byte. `end`: the value has ended before this byte. `fault`: this byte cannot stand here. */
export type Found = 'rows' | 'end' | 'fault'

const TAB = 9
const LINE_FEED = 10
const RETURN = 13
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const LETTER_U = 117
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

export const isBlank = (byte: number) => byte === SPACE || byte === LINE_FEED || byte === RETURN || byte === TAB

const isDigit = (byte: number) => byte >= 48 && byte <= 57
const isHex = (byte: number) => isDigit(byte) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)

/** What numbers and the three words are made of: small letters, `E`, digits, `+`, `-` and `.`. */
const isScalar = (byte: number) => isDigit(byte) || (byte >= 97 && byte <= 122) || byte === 69 || byte === 43 || byte === 45 || byte === 46

/** The three words, and numbers in which a run of digits is shown by two of them. */
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d?)(?:\.\d+)?(?:[eE][-+]?\d+)?)$/
const LONGEST_SCALAR = 16

const ESCAPED = new Set(new TextEncoder().encode('"\\/bfnrt'))

/** `data` with each letter escaped. */
const LONGEST_NAME = 24

/** Of the containers that are open each takes a little memory. */
const DEEPEST = 1_000_000

type State = 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'behind' | 'string' | 'escape' | 'hex' | 'scalar'

/** Scans one JSON value. Its list of rows, if it has one, is passed over by the caller, who goes on behind it. */
export class Scanner {
  /** Where it has come to; a column is a character. */
  line: number
  column = 0
  /** Whether a second member `data` was the fault. */
  hasDataTwice = false
  #state: State = 'value'
  /** The containers that are open, the outermost first: whether they are objects. */
  readonly #open: boolean[] = []
  #hexLeft = 0
  #scalar = ''
  /** The string that is being read is the name of a member. */
  #isName = false
  /** The name of the last member of the outermost object, as far as it can be `data`. */
  #name = ''
  #hasRows = false
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

  constructor(line: number) {
    this.line = line
  }

  /** Whether the value ends where it has come to. */
  get complete(): boolean {
    if (this.#open.length > 0) return false
    return this.#state === 'behind' || (this.#state === 'scalar' && SCALAR.test(this.#scalar))
  }

  /** Reads on until something is found, and tells at which byte; the length of the chunk if nothing is. */
  read(chunk: Uint8Array): { at: number; found: Found | undefined } {
    let at = 0
    let found: Found | undefined
    for (; at < chunk.length; at++) {
      const byte = chunk[at]!
      // The bytes of a character but the first are 10xxxxxx.
      if ((byte & 0xc0) !== 0x80) this.column++
      found = this.#step(byte)
      if (found) break
      if (byte !== LINE_FEED) continue
      this.line++
      this.column = 0
    }
    return this.#isUtf8(chunk.subarray(0, at)) ? { at, found } : { at, found: 'fault' }
  }

  #isUtf8(bytes: Uint8Array): boolean {
    try {
      this.#decoder.decode(bytes, { stream: true })
      return true
    } catch {
      return false
    }
  }

  #step(byte: number): Found | undefined {
    switch (this.#state) {
      case 'string':
        return this.#inString(byte)
      case 'escape':
        this.#spell(byte)
        this.#hexLeft = 4
        this.#state = byte === LETTER_U ? 'hex' : 'string'
        return byte === LETTER_U || ESCAPED.has(byte) ? undefined : 'fault'
      case 'hex':
        this.#spell(byte)
        if (--this.#hexLeft === 0) this.#state = 'string'
        return isHex(byte) ? undefined : 'fault'
      case 'scalar':
        if (isScalar(byte)) return this.#inScalar(byte)
        if (!SCALAR.test(this.#scalar)) return 'fault'
        this.#state = 'behind'
        return this.#between(byte)
      default:
        return this.#between(byte)
    }
  }

  #inString(byte: number): Found | undefined {
    if (byte === QUOTE) return this.#endString()
    if (byte < SPACE) return 'fault'
    this.#spell(byte)
    if (byte === BACKSLASH) this.#state = 'escape'
    return undefined
  }

  #spell(byte: number): void {
    if (this.#isName && this.#open.length === 1 && this.#name.length <= LONGEST_NAME) this.#name += String.fromCharCode(byte)
  }

  #endString(): Found | undefined {
    this.#state = this.#isName ? 'colon' : 'behind'
    this.hasDataTwice = this.#isName && this.#hasRows && this.#isData()
    this.#isName = false
    return this.hasDataTwice ? 'fault' : undefined
  }

  /** Whether the last name, or the value that it has, is that of the rows. */
  #isData = () => this.#open.length === 1 && this.#name.length <= LONGEST_NAME && JSON.parse(`"${this.#name}"`) === 'data'

  #inScalar(byte: number): Found | undefined {
    if (isDigit(byte) && /\d\d$/.test(this.#scalar)) return undefined
    this.#scalar += String.fromCharCode(byte)
    return this.#scalar.length > LONGEST_SCALAR ? 'fault' : undefined
  }

  /** A byte that is in no string, number or word. */
  #between(byte: number): Found | undefined {
    if (this.#state === 'behind' && this.#open.length === 0) return 'end'
    if (isBlank(byte)) return undefined
    switch (this.#state) {
      case 'colon':
        this.#state = 'value'
        return byte === COLON ? undefined : 'fault'
      case 'behind':
        if (byte !== COMMA) return this.#close(byte)
        this.#state = this.#open.at(-1) ? 'name' : 'value'
        return undefined
      case 'first name':
      case 'name':
        if (byte === QUOTE) return this.#beginString(true)
        return this.#state === 'first name' ? this.#close(byte) : 'fault'
      case 'first value':
        return byte === CLOSE_LIST ? this.#close(byte) : this.#beginValue(byte)
      default:
        return this.#beginValue(byte)
    }
  }

  #beginValue(byte: number): Found | undefined {
    if (byte === QUOTE) return this.#beginString(false)
    if (byte === OPEN_OBJECT) return this.#openContainer(true)
    if (byte === OPEN_LIST) return this.#open.length === 0 || this.#isData() ? this.#passRows() : this.#openContainer(false)
    if (!isScalar(byte)) return 'fault'
    this.#state = 'scalar'
    this.#scalar = String.fromCharCode(byte)
    return undefined
  }

  #beginString(isName: boolean): undefined {
    this.#isName = isName
    if (isName && this.#open.length === 1) this.#name = ''
    this.#state = 'string'
  }

  #openContainer(isObject: boolean): Found | undefined {
    this.#open.push(isObject)
    this.#state = isObject ? 'first name' : 'first value'
    return this.#open.length > DEEPEST ? 'fault' : undefined
  }

  #passRows(): Found {
    this.#hasRows = true
    this.#state = 'behind'
    return 'rows'
  }

  #close(byte: number): Found | undefined {
    if (byte !== (this.#open.at(-1) ? CLOSE_OBJECT : CLOSE_LIST)) return 'fault'
    this.#open.pop()
    this.#state = 'behind'
    return undefined
  }
}
